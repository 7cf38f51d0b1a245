# Marks from one table decide in another; with masks, and opposites.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.0.0/13 443 dropped
# kernel: 188.114.96.0/20 all dropped
# kernel: all all accepted

iptables -t mangle -A PREROUTING -s 172.64.0.0/13 -j MARK --set-mark 0x10
iptables -t mangle -A PREROUTING -s 104.16.0.0/13 -p tcp --dport 443 -j MARK --set-xmark 0x20/0xf0
iptables -t mangle -A PREROUTING -s 162.158.0.0/15 -j MARK --set-mark 0x10
iptables -t mangle -A PREROUTING -s 162.158.0.0/15 -j MARK --and-mark 0xf
iptables -t mangle -A PREROUTING -s 188.114.96.0/20 -j CONNMARK --set-mark 0x40
iptables -t mangle -A PREROUTING -m connmark ! --mark 0 -j CONNMARK --restore-mark
iptables -A INPUT -m mark --mark 0x10 -j DROP
iptables -A INPUT -m mark --mark 0x20/0x20 -j DROP
iptables -A INPUT -m mark ! --mark 0x0/0xc0 -j DROP
