# Rules that nft itself put into a table of iptables; iptables shows the first as one that drops everybody.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.0.0/13 all dropped
# kernel: 162.158.0.0/15 443 dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all ip filter INPUT

iptables -A INPUT -s 104.16.0.0/13 -j DROP
nft add set ip filter blk '{ type ipv4_addr; flags interval; }'
nft add element ip filter blk '{ 172.64.0.0/13 }'
nft insert rule ip filter INPUT ip saddr @blk drop
nft add rule ip filter INPUT ip saddr vmap '{ 162.158.0.0/16 : continue, 162.159.0.0/16 : continue }'
iptables -A INPUT -s 162.158.0.0/15 -p tcp -m multiport --dports 443 -j DROP
