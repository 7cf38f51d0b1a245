# The refusal may not leave the host.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted

iptables -A INPUT -s 172.64.0.0/13 -j REJECT
iptables -A OUTPUT -p icmp -m icmp --icmp-type 3 -j DROP
