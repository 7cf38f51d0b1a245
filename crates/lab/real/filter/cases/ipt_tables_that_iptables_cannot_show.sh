# A rule of nft's in a table of iptables that iptables cannot show at all.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all ip filter INPUT

iptables -A INPUT -s 172.64.0.0/13 -j DROP
nft insert rule ip filter INPUT ct state vmap '{ established : accept, related : accept, invalid : drop }'
