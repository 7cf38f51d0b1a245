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

iptables -A INPUT -s 172.64.0.0/13 -j REJECT
iptables -A INPUT -s 104.16.0.0/13 -p tcp -j REJECT --reject-with tcp-reset
iptables -A INPUT -s 162.158.0.0/15 -j REJECT --reject-with icmp-host-prohibited
iptables -A INPUT -s 188.114.96.0/20 -j REJECT --reject-with icmp-admin-prohibited
ip6tables -A INPUT -s 2606:4700::/32 -j REJECT
ip6tables -A INPUT -s 2400:cb00::/32 -j REJECT --reject-with icmp6-adm-prohibited
ip6tables -A INPUT -s 2803:f800::/32 -p tcp -j REJECT --reject-with tcp-reset
