# Limits of every kind, none of them near: so many at once, a second, an address, within a minute.
#
# kernel: all all accepted

iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p tcp --dport 443 --syn -m connlimit --connlimit-above 5000 -j REJECT --reject-with tcp-reset
iptables -A INPUT -s 172.64.0.0/13 -m hashlimit --hashlimit-above 10000/sec --hashlimit-burst 10000 --hashlimit-mode srcip --hashlimit-name web -j DROP
iptables -A INPUT -p tcp --dport 80 -m recent --name web --set
iptables -A INPUT -p tcp --dport 80 -m recent --name web --update --seconds 60 --hitcount 20 -j DROP
iptables -A INPUT -p tcp --dport 22 -m limit --limit 10000/sec --limit-burst 10000 -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j DROP
