# Docker 28 under a FORWARD chain that somebody filled before the daemon came: the drop stands first.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: 198.41.128.0/17 443 dropped
# kernel: all 80,443,22 accepted
# by: 198.41.128.0/17 443 ip filter FORWARD
. "$LAB/docker.sh"
iptables -A FORWARD -s 198.41.128.0/17 -j DROP
docker_28 0.0.0.0:8443
publish_28 443 8443
