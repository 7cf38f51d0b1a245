# The same done right, by the port before the translation, with a list that lacks one range.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: 172.64.0.0/13 443 dropped
# kernel: cloudflare4 443 accepted
# kernel: others4 443 dropped
# kernel: all 80,443,22 accepted
# by: 172.64.0.0/13 443 ip filter DOCKER-USER
. "$LAB/docker.sh"
docker_20 0.0.0.0:8443
publish_20 443 8443
iptables -I DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 443 --ctdir ORIGINAL -j DROP
for range in $(cloudflare4 | grep -v 172.64); do
    iptables -I DOCKER-USER -i eth0 -s "$range" -p tcp -m conntrack --ctorigdstport 443 --ctdir ORIGINAL -j RETURN
done
