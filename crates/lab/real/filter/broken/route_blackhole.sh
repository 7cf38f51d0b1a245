# A route leads the answers to one range nowhere.
#
# says: ip -4 route del blackhole 172.64.0.0/13
# besides: 22, 8080

ip route add blackhole 172.64.0.0/13
