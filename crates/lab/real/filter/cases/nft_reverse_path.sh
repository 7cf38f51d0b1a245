# Packets whose way back is not the way they came are dropped by a rule.
#
# kernel: 192.0.2.0/24 all dropped
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all inet filter pre

. "$LAB/helpers.sh"
second eth1 192.0.2.9/24
ip route add 172.64.0.0/13 via 192.0.2.20 dev eth1
nft -f - <<END
table inet filter {
    chain pre {
        type filter hook prerouting priority raw; policy accept;
        ip version 4 fib saddr . iif oif missing drop
        fib daddr . iif type != { local, broadcast, multicast } drop
    }
}
END
