# At the same hook and priority, which of the two is asked first does not change what becomes of a packet.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted

iptables-legacy -w -A INPUT -s 172.64.0.0/13 -j DROP
iptables-nft -A INPUT -s 172.64.0.0/13 -j DROP
nft add table ip mine
nft add chain ip mine input '{ type filter hook input priority 0; }'
nft add rule ip mine input ip saddr 172.64.0.0/13 drop
