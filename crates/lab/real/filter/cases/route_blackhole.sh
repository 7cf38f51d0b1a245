# There are no rules; but answers to some ranges lead nowhere, each in its own way.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.0.0/13 all dropped
# kernel: 162.158.0.0/15 all dropped
# kernel: 2606:4700::/32 all dropped
# kernel: 2400:cb00::/32 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all route blackhole 172.64.0.0/13
# by: 104.16.0.0/13 all route unreachable 104.16.0.0/13
# by: 162.158.0.0/15 all route prohibit 162.158.0.0/15

ip route add blackhole 172.64.0.0/13
ip route add unreachable 104.16.0.0/13
ip route add prohibit 162.158.0.0/15
ip -6 route add blackhole 2606:4700::/32
ip -6 route add unreachable 2400:cb00::/32
