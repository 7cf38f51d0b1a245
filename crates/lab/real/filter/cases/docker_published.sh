# Docker 20.10 publishes 443 to a container's 8443, and nothing else filters. IPv6 is answered by docker's proxy,
# which listens on the host itself.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: all 80,443,22 accepted
. "$LAB/docker.sh"
docker_20 0.0.0.0:8443
publish_20 443 8443
