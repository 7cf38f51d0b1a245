# Packets whose way back is another one are dropped by a rule of the raw table.
#
# kernel: 192.0.2.0/24 all dropped
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all ip raw PREROUTING

. "$LAB/helpers.sh"
second eth1 192.0.2.9/24
ip route add 172.64.0.0/13 via 192.0.2.20 dev eth1
iptables -t raw -A PREROUTING -m rpfilter --invert -j DROP
