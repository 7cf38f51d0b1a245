# ufw lets SSH in and nothing else, and Docker publishes 443: over IPv4 ufw is never asked; over IPv6 it is, since
# docker's proxy is a program of this host.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: all 22 accepted
# kernel: cloudflare4 443 accepted
# kernel: others4 443 accepted
# kernel: all 80,443 dropped
# by: 2606:4700::/32 443 ip6 filter INPUT
# needs: ufw
. "$LAB/managers.sh"
. "$LAB/docker.sh"
fresh_ufw
ufw --force enable
docker_20 0.0.0.0:8443
publish_20 443 8443
