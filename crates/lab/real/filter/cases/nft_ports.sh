# Ports as ranges, lists, all but some.
#
# kernel: all 80 dropped
# kernel: 172.64.0.0/13 443 dropped
# kernel: all all accepted
# by: cloudflare 80 inet filter input

nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport 70-90 drop
        ip saddr 172.64.0.0/13 tcp dport != { 22, 80, 8080-8090 } drop
        tcp dport > 1000 drop
        tcp sport < 1024 drop
        meta l4proto { tcp, udp } th dport 5000-6000 drop
    }
}
END
