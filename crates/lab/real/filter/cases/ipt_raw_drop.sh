# Dropped in the raw table, where nobody looks.
#
# kernel: 172.64.0.0/13 80,443 dropped
# kernel: 2606:4700::/32 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 443 ip raw PREROUTING
# by: 2606:4700::/32 443 ip6 raw PREROUTING

iptables -t raw -A PREROUTING -s 172.64.0.0/13 -p tcp -m multiport --dports 80,443 -j DROP
ip6tables -t raw -A PREROUTING -s 2606:4700::/32 -j DROP
iptables -A INPUT -s 172.64.0.0/13 -j ACCEPT
