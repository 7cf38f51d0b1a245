# A second way out takes one range; the kernel drops what comes by another than it would send it.
#
# kernel: 192.0.2.0/24 all dropped
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all rp_filter eth0

. "$LAB/helpers.sh"
second eth1 192.0.2.9/24
ip route add 172.64.0.0/13 via 192.0.2.20 dev eth1
sysctl -qw net.ipv4.conf.all.rp_filter=1
