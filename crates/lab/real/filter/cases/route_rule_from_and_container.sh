# A routing rule that asks whence sees what is led to a container, and not what is for the host itself.
#
# kernel: 172.17.0.0/16 all dropped
# kernel: 104.16.0.0/13 443 dropped
# kernel: all all accepted

. "$LAB/helpers.sh"
sysctl -qw net.ipv4.ip_forward=1
ip link add br0 type bridge
ip addr add 172.17.0.1/16 dev br0
ip link set br0 up
container web br0 172.17.0.2/16 172.17.0.1 0.0.0.0:8080
nft add table ip nat
nft add chain ip nat pre '{ type nat hook prerouting priority dstnat; }'
nft add rule ip nat pre tcp dport 443 dnat to 172.17.0.2:8080
ip rule add from 104.16.0.0/13 priority 101 blackhole
