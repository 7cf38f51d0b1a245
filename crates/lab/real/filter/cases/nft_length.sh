# A rule about the length of a packet.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# unknown allowed: how long a packet is depends on the visitor

nft -f - <<END
table ip filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr 172.64.0.0/13 meta length 44 drop
    }
}
END
