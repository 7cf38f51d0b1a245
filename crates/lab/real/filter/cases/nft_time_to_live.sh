# A rule about the hops that a packet has left.
#
# kernel: all all accepted
# unknown allowed: how many hops are left is not known before the packet is there

nft -f - <<END
table ip filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr 172.64.0.0/13 ip ttl < 5 drop
    }
}
END
