# DOCKER-USER accepts Cloudflare and drops the rest, by the container's port; answers pass since they come from the
# bridge.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: cloudflare4 443 accepted
# kernel: others4 443 dropped
# kernel: all 80,443,22 accepted
# by: 192.0.2.0/24 443 ip filter DOCKER-USER
# needs: ipset
. "$LAB/docker.sh"
docker_20 0.0.0.0:8443
publish_20 443 8443
ipset create cf4 hash:net
for range in $(cloudflare4); do ipset add cf4 "$range"; done
iptables -I DOCKER-USER -i eth0 -p tcp --dport 8443 -j DROP
iptables -I DOCKER-USER -i eth0 -p tcp --dport 8443 -m set --match-set cf4 src -j ACCEPT
