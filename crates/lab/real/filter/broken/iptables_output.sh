# What this host sends is dropped, but for what it answers to port 22.
#
# owner: iptables
# says: -A OUTPUT -d

iptables-nft -A OUTPUT -p tcp --sport 22 -j ACCEPT
iptables-nft -P OUTPUT DROP
