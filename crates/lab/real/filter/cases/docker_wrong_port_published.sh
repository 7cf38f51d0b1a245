# The container listens on 8080 and its port 8443 is published: the connection is refused by the container itself.
#
# kernel: cloudflare4 443 reset
# kernel: others4 443 reset
# kernel: all 80,443,22 accepted
# unknown allowed: who listens in a container is not told
. "$LAB/docker.sh"
docker_20 0.0.0.0:8080
publish_20 443 8443
