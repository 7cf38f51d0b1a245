# Where nothing that comes in is tracked, the kernel takes a connection up by what the server sends later: to it, the
# server began it, and its answers are the original direction.
#
# kernel: all 80 dropped
# kernel: all 443 accepted
# by: cloudflare 80 inet filter output

nft -f - <<END
table inet filter {
    chain pre {
        type filter hook prerouting priority raw; policy accept;
        tcp dport { 80, 443 } notrack
    }
    chain output {
        type filter hook output priority filter; policy accept;
        tcp sport 80 ct state new ct direction original ct original proto-src 80 drop
        tcp sport 443 ct direction reply drop
        tcp sport 443 ct original proto-dst 443 drop
    }
}
END
