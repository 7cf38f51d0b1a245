# A container is published, and the host does not pass on what is for others.
#
# kernel: 172.17.0.0/16 all dropped
# kernel: others4 443 dropped
# kernel: cloudflare4 443 dropped
# kernel: all all accepted

. "$LAB/helpers.sh"
ip link add br0 type bridge
ip addr add 172.17.0.1/16 dev br0
ip link set br0 up
container web br0 172.17.0.2/16 172.17.0.1 0.0.0.0:8080
nft add table ip nat
nft add chain ip nat pre '{ type nat hook prerouting priority dstnat; }'
nft add rule ip nat pre tcp dport 443 dnat to 172.17.0.2:8080
