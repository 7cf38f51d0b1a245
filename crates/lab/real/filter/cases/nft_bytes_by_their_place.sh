# Fields named by where they lie in the packet.
#
# kernel: 172.64.0.0/16 all dropped
# kernel: all 443 dropped
# kernel: all all accepted
# by: 172.64.0.0/16 80 ip filter input

nft -f - <<END
table ip filter {
    chain input {
        type filter hook input priority filter; policy accept;
        @nh,96,16 0xac40 drop
    }
}
table inet more {
    chain input {
        type filter hook input priority 10; policy accept;
        meta l4proto tcp @th,16,16 443 drop
    }
}
END
