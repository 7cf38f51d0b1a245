# Docker 28: whoever addresses a container past the translation is dropped in `raw`, which must not be taken for the
# published port itself. A prefix is dropped for DOCKER-USER's sake.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: 104.24.0.0/14 443 dropped
# kernel: all 80,443,22 accepted
# by: 104.24.0.0/14 443 ip filter DOCKER-USER
. "$LAB/docker.sh"
docker_28 0.0.0.0:8443
publish_28 443 8443
iptables -I DOCKER-USER -s 104.24.0.0/14 -j DROP
