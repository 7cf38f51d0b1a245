# A list of bad networks took in two of Cloudflare's; it is asked only for the web.
#
# owner: iptables
# says: ipset del bad 172.64.0.0/13
# needs: ipset

ipset create bad hash:net
ipset add bad 172.64.0.0/13
ipset add bad 198.51.100.0/24
ipset add bad 104.16.0.0/13
iptables-nft -A INPUT -p tcp -m multiport --dports 80,443 -m set --match-set bad src -j DROP
