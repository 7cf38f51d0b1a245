# Packets are handed to a program that does not run: where the rule does not allow for that, they are gone.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all queue without reader

iptables -A INPUT -s 172.64.0.0/13 -j NFQUEUE --queue-num 7
iptables -A INPUT -s 104.16.0.0/13 -j NFQUEUE --queue-num 8 --queue-bypass
