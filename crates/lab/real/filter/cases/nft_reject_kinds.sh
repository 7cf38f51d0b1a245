# Each way of refusing.
#
# kernel: 172.64.0.0/13 all port-unreachable
# kernel: 104.16.0.0/13 all reset
# kernel: 162.158.0.0/15 all unreachable
# kernel: 188.114.96.0/20 all unreachable
# kernel: 2606:4700::/32 all port-unreachable
# kernel: 2400:cb00::/32 all unreachable
# kernel: 2803:f800::/32 all reset
# kernel: all all accepted
# by: 104.16.0.0/13 all inet filter input

nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr 172.64.0.0/13 reject
        ip saddr 104.16.0.0/13 reject with tcp reset
        ip saddr 162.158.0.0/15 reject with icmp host-prohibited
        ip saddr 188.114.96.0/20 reject with icmpx admin-prohibited
        ip6 saddr 2606:4700::/32 reject
        ip6 saddr 2400:cb00::/32 reject with icmpx no-route
        ip6 saddr 2803:f800::/32 reject with tcp reset
    }
}
END
