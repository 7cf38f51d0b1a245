# Connections are accepted as long as there are not too many.
#
# kernel: all all accepted

iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -p tcp --dport 443 -m hashlimit --hashlimit-upto 10000/sec --hashlimit-burst 10000 --hashlimit-mode srcip --hashlimit-name low -j ACCEPT
iptables -A INPUT -p tcp --dport 443 -j DROP
