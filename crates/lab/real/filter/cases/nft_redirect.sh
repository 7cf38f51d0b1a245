# Ports of the web are led to others: to one where a program listens, and to one where none does.
#
# kernel: 172.64.0.0/13 443 dropped
# kernel: all 443 accepted
# kernel: all 80 reset
# kernel: all 22 dropped
# by: 172.64.0.0/13 443 inet filter input

nft -f - <<END
table inet nat {
    chain pre {
        type nat hook prerouting priority dstnat; policy accept;
        tcp dport 443 redirect to :8443
        tcp dport 80 redirect to :8000
    }
}
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        meta l4proto ipv6-icmp accept
        ct state established accept
        tcp dport 443 drop
        tcp dport 80 drop
        ip saddr 172.64.0.0/13 tcp dport 8443 drop
        tcp dport { 8443, 8000 } accept
    }
}
END
