# A forgotten ruleset of iptables-legacy that nft does not show.
#
# owner: iptables-legacy
# says: iptables-legacy -w -I INPUT 2 -s 172.64.0.0/13

iptables-legacy -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables-legacy -A INPUT -s 172.64.0.0/13 -j DROP
