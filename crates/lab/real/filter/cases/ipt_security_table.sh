# The last table that is asked on the way in.
#
# kernel: 172.64.0.0/13 443 dropped
# kernel: all all accepted
# by: 172.64.0.0/13 443 ip security INPUT

iptables -t security -A INPUT -s 172.64.0.0/13 -p tcp --dport 443 -j DROP
iptables -A INPUT -s 172.64.0.0/13 -j ACCEPT
