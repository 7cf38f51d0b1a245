# What came in untracked is answered by packets that are invalid on the way out, unless they too are not tracked.
#
# kernel: all 443 dropped
# kernel: all all accepted
# by: cloudflare 443 inet filter output

nft -f - <<END
table inet filter {
    chain pre {
        type filter hook prerouting priority raw; policy accept;
        tcp dport { 80, 443 } notrack
    }
    chain out {
        type filter hook output priority raw; policy accept;
        tcp sport 80 notrack
    }
    chain input {
        type filter hook input priority filter; policy drop;
        meta l4proto ipv6-icmp accept
        ct state established,related,untracked accept
        tcp dport 22 accept
    }
    chain output {
        type filter hook output priority filter; policy accept;
        ct state invalid drop
    }
}
END
