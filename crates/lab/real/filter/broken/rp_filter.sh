# A second way out takes one range; the kernel drops what comes by another than it would send it.
#
# says: ip -4 route del 172.64.0.0/13 via 192.0.2.20 dev eth1
# besides: 22, 8080

. "$LAB/helpers.sh"
second eth1 192.0.2.9/24
ip route add 172.64.0.0/13 via 192.0.2.20 dev eth1
sysctl -qw net.ipv4.conf.all.rp_filter=1
