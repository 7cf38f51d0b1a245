# Somebody wanted all but Cloudflare out, in DOCKER-USER by the port that is published. There the packet has the
# container's port already, so the rule never holds.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: all 80,443,22 accepted
. "$LAB/docker.sh"
docker_20 0.0.0.0:8443
publish_20 443 8443
iptables -I DOCKER-USER -i eth0 -p tcp --dport 443 -j DROP
for range in $(cloudflare4); do
    iptables -I DOCKER-USER -i eth0 -s "$range" -p tcp --dport 443 -j RETURN
done
