# A host that lets in SSH only, over both families.
#
# owner: iptables
# says: iptables-nft -w -A INPUT -s
# says: ip6tables-nft -w -A INPUT -s

for tool in iptables-nft ip6tables-nft; do
    $tool -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
    $tool -A INPUT -i lo -j ACCEPT
    $tool -A INPUT -p tcp --dport 22 -j ACCEPT
    $tool -P INPUT DROP
done
iptables-nft -A INPUT -p icmp -j ACCEPT
ip6tables-nft -A INPUT -p ipv6-icmp -j ACCEPT
