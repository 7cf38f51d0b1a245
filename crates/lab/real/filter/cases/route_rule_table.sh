# A table of its own for answers from the public address, with a blackhole in it.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted

ip rule add from 203.0.113.10 priority 200 lookup 100
ip route add default via 203.0.113.1 table 100
ip route add blackhole 172.64.0.0/13 table 100
ip route add blackhole 104.16.0.0/13 table 101
