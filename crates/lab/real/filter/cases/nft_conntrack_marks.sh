# A mark that is kept with the connection is there for its later packets too.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted

nft -f - <<END
table ip marks {
    chain pre {
        type filter hook prerouting priority mangle; policy accept;
        ct state new ip saddr 172.64.0.0/13 ct mark set 0x5
    }
    chain input {
        type filter hook input priority filter; policy accept;
        ct state established ct mark 0x5 drop
    }
}
END
