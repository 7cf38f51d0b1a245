# Rules that ask where a connection was going before it was led elsewhere.
#
# kernel: cloudflare 443 accepted
# kernel: others 443 dropped
# kernel: all 80 dropped
# kernel: all 22 dropped

. "$LAB/helpers.sh"
nft -f - <<END
table inet nat {
    chain pre {
        type nat hook prerouting priority dstnat; policy accept;
        tcp dport { 80, 443 } redirect to :8080
    }
}
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        meta l4proto ipv6-icmp accept
        ct state established accept
        ip saddr { $(cloudflare4 | paste -sd,) } meta l4proto tcp ct original proto-dst 443 accept
        ip6 saddr { $(cloudflare6 | paste -sd,) } meta l4proto tcp ct original proto-dst 443 ct status dnat accept
    }
}
END
