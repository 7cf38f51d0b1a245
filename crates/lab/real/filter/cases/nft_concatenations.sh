# Sets of pairs: address and port, address and protocol and port, with intervals.
#
# kernel: 172.64.0.0/13 443 dropped
# kernel: 104.16.0.0/16 80-443 dropped
# kernel: 2803:f800::/32 80 dropped
# kernel: 188.114.96.0/20 22 dropped
# kernel: all all accepted
# by: 172.64.0.0/13 443 inet filter input

nft -f - <<END
table inet filter {
    set bad { type ipv4_addr . inet_service; flags interval; elements = { 172.64.0.0/13 . 443, 104.16.0.0/16 . 80-443 } }
    set more { type ipv4_addr . inet_proto . inet_service; flags interval; elements = { 188.114.96.0/20 . tcp . 22, 188.114.96.0/20 . udp . 443 } }
    set six { type ipv6_addr . inet_service; flags interval; elements = { 2803:f800::/32 . 80 } }
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr . tcp dport @bad drop
        ip saddr . meta l4proto . th dport @more drop
        ip6 saddr . tcp dport @six drop
        iifname . tcp dport { "eth1" . 443, "lo" . 80 } drop
    }
}
END
