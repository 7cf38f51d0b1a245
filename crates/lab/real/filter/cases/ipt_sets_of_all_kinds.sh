# Sets of addresses, of pairs with ports, of ports, of sets; with a time after which an entry is gone.
#
# kernel: 104.16.1.1 all dropped
# kernel: 104.16.1.2 all dropped
# kernel: 172.64.0.0/13 443 dropped
# kernel: 162.158.0.0/15 all dropped
# kernel: 173.245.48.5 80 dropped
# kernel: 10.0.0.5 all dropped
# kernel: 131.0.72.0/22 22,80 dropped
# kernel: all all accepted

ipset create one hash:ip timeout 3600
ipset add one 104.16.1.1
ipset add one 104.16.1.2 timeout 7200
ipset create pairs hash:net,port
ipset add pairs 172.64.0.0/13,tcp:440-450
ipset add pairs 104.16.0.0/13,udp:443
ipset create exact hash:ip,port
ipset add exact 173.245.48.5,80
ipset create wide hash:net
ipset add wide 162.158.0.0/15
ipset create low bitmap:ip range 10.0.0.0/16
ipset add low 10.0.0.5
ipset create ports bitmap:port range 0-1023
ipset add ports 22
ipset add ports 80
ipset create all list:set size 8
ipset add all one
ipset add all wide
ipset add all low
iptables -A INPUT -m set --match-set all src -j DROP
iptables -A INPUT -m set --match-set pairs src,dst -j DROP
iptables -A INPUT -p tcp -m set --match-set exact src,dst -j DROP
iptables -A INPUT -s 131.0.72.0/22 -p tcp -m set --match-set ports dst -j DROP
