# A blackhole within which a part has a way, and a way within which a part has none.
#
# kernel: 172.66.0.0/16 all accepted
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.17.3.0/24 all dropped
# kernel: 162.158.0.0/15 all dropped
# kernel: all all accepted
# by: 162.158.0.0/15 all route

ip route add blackhole 172.64.0.0/13
ip route add 172.66.0.0/16 via 203.0.113.1
ip route add 104.16.0.0/13 via 203.0.113.1
ip route add blackhole 104.17.3.0/24
ip route add throw 162.158.0.0/15
