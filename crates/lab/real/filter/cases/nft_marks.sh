# Bad addresses are marked in one table and dropped for their mark in another.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 162.158.0.0/15 80,443 dropped
# kernel: 2606:4700::/32 443 dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all inet filter input

nft -f - <<END
table inet mangle {
    chain pre {
        type filter hook prerouting priority mangle; policy accept;
        ip saddr 172.64.0.0/13 meta mark set 0x2
        ip saddr 162.158.0.0/15 tcp dport { 80, 443 } meta mark set meta mark or 0x10
        ip6 saddr 2606:4700::/32 tcp dport 443 meta mark set 0x3
        ip6 saddr 2606:4700::/32 tcp dport 443 meta mark set meta mark and 0xfffffffe
        ip saddr 104.16.0.0/13 meta mark set 0x2
        ip saddr 104.16.0.0/13 meta mark set 0x0
    }
}
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        meta mark 0x2 drop
        meta mark and 0x10 == 0x10 drop
    }
}
END
