# The same without that check: the answer leaves by the other interface, and is lost there.
#
# kernel: 192.0.2.0/24 all dropped
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# unknown allowed: where the other interface leads is not known

. "$LAB/helpers.sh"
second eth1 192.0.2.9/24
ip route add 172.64.0.0/13 via 192.0.2.20 dev eth1
