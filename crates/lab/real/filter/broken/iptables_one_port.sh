# Only port 80 is let in; 443 was forgotten.
#
# owner: iptables
# says: --dport 443

iptables-nft -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables-nft -A INPUT -p tcp -m multiport --dports 22,80 -j ACCEPT
iptables-nft -A INPUT -j REJECT --reject-with icmp-host-prohibited
