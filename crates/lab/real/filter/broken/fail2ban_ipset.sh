# fail2ban has banned an address of Cloudflare's at every port, in an ipset. To lift the ban opens the other ports
# to it too.
#
# owner: fail2ban
# says: fail2ban-client set web unbanip 172.64.0.7
# besides: 22, 8080
# needs: fail2ban-server fail2ban-client ipset

. "$LAB/managers.sh"
touch /var/log/web.log
fail2ban_with '[DEFAULT]
banaction = iptables-ipset[type=allports]
backend = polling
[web]
enabled = true
filter = nginx-http-auth
logpath = /var/log/web.log'
fail2ban_bans web 172.64.0.7 198.51.100.7 2606:4700::77
