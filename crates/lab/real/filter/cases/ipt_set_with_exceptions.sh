# A set of bad ranges with an exception within one of them.
#
# kernel: 172.64.4.0/22 all accepted
# kernel: 172.64.0.0/13 all dropped
# kernel: 2606:4700:10::/48 all accepted
# kernel: 2606:4700::/32 all dropped
# kernel: all all accepted
# by: 172.68.0.1 443 ip filter INPUT

ipset create bad hash:net
ipset add bad 172.64.0.0/13
ipset add bad 172.64.4.0/22 nomatch
ipset create bad6 hash:net family inet6 hashsize 4096
ipset add bad6 2606:4700::/32
ipset add bad6 2606:4700:10::/48 nomatch
iptables -A INPUT -m set --match-set bad src -j DROP
ip6tables -A INPUT -m set --match-set bad6 src -j DROP
iptables -A INPUT -s 172.68.0.1/32 -j ACCEPT
