# Neighbours' questions are dropped as noise before they reach the chains that accept them.
#
# kernel: cloudflare4 all accepted
# kernel: others4 all accepted
# kernel: all all dropped
# by: cloudflare6 all neighbours: ip6 noise early

nft -f - <<END
table ip6 noise {
    chain early {
        type filter hook prerouting priority raw; policy accept;
        icmpv6 type != { echo-request, destination-unreachable, packet-too-big } meta l4proto ipv6-icmp drop
    }
}
table ip6 filter {
    chain input {
        type filter hook input priority filter; policy accept;
        meta l4proto ipv6-icmp accept
    }
}
END
