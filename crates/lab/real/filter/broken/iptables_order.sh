# Two drops stand before the rules that let Cloudflare in, and the list is short of one range.
#
# owner: iptables
# says: iptables-nft -w -I INPUT 3 -s

. "$LAB/helpers.sh"
iptables-nft -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT
iptables-nft -A INPUT -s 172.64.0.0/13 -j DROP
iptables-nft -A INPUT -s 104.16.0.0/13 -p tcp -j REJECT --reject-with tcp-reset
for range in $(cloudflare4 | grep -v 131.0.72); do
    iptables-nft -A INPUT -s $range -p tcp -m multiport --dports 80,443 -j ACCEPT
done
iptables-nft -P INPUT DROP
