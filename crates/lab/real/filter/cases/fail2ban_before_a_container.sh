# The site is in a container, and the jail's chain hangs in DOCKER-USER; its ports are those of the container, so a
# jail for 80 and 443 would miss, and this one, for all ports, does not. SSH is not asked there.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: 104.18.2.2 443 port-unreachable
# kernel: all 80,443,22 accepted
# by: 104.18.2.2 443 f2b-web
# needs: fail2ban-server fail2ban-client
. "$LAB/managers.sh"
. "$LAB/docker.sh"
docker_20 0.0.0.0:8443
publish_20 443 8443
touch /var/log/web.log
fail2ban_with '[DEFAULT]
banaction = iptables-allports
chain = DOCKER-USER
backend = polling
[web]
enabled = true
filter = nginx-http-auth
logpath = /var/log/web.log'
fail2ban_bans web 104.18.2.2
