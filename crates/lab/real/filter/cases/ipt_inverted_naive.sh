# "Drop all that is not A", then "drop all that is not B": nothing is left.
#
# kernel: cloudflare4 443 dropped
# kernel: others4 443 dropped
# kernel: all all accepted
# by: 104.16.0.0/13 443 rule 1
# by: 173.245.48.0/20 443 rule 2

iptables -A INPUT ! -s 173.245.48.0/20 -p tcp --dport 443 -j DROP
iptables -A INPUT ! -s 103.21.244.0/22 -p tcp --dport 443 -j DROP
