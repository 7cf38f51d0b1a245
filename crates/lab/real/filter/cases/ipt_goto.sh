# What goes to a chain from INPUT and is sent back meets the policy.
#
# kernel: 104.16.0.0/13 443 dropped
# kernel: 172.64.0.0/13 443 accepted
# kernel: all all accepted
# by: 104.16.0.0/13 443 ip filter INPUT policy

iptables -N WEB
iptables -N MORE
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -s 172.64.0.0/13 -p tcp --dport 443 -j MORE
iptables -A INPUT -p tcp --dport 443 -s 104.16.0.0/13 -g WEB
iptables -A INPUT -j ACCEPT
iptables -A WEB -s 104.16.0.0/13 -j RETURN
iptables -A WEB -j ACCEPT
iptables -A MORE -g WEB
iptables -P INPUT DROP
