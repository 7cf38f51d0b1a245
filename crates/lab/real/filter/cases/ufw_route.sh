# A container behind ufw: the port is translated by before.rules, and `ufw route` lets two of Cloudflare's ranges
# through to the container's own port. Port 80 is the host's own.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: 104.16.0.0/13 443 accepted
# kernel: 172.64.0.0/13 443 accepted
# kernel: cloudflare6 443 dropped
# kernel: others6 443 dropped
# kernel: all 443 dropped
# kernel: all 80,22 accepted
# by: 162.158.0.0/15 443 ip filter FORWARD
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
switch ipv4.ip_forward=1
ip link add br0 type bridge
ip link set br0 up
ip addr add 172.17.0.1/16 dev br0
container site br0 172.17.0.2/16 172.17.0.1 0.0.0.0:8443
cat >> /etc/ufw/before.rules << 'RULES'
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i eth0 -p tcp --dport 443 -j DNAT --to-destination 172.17.0.2:8443
COMMIT
RULES
ufw allow 80/tcp
for range in 104.16.0.0/13 172.64.0.0/13; do
    ufw route allow proto tcp from "$range" to 172.17.0.2 port 8443
done
ufw --force enable
