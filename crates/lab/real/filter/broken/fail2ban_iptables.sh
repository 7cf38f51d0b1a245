# fail2ban has banned addresses of Cloudflare's at the web's ports, each by a rule of its own.
#
# owner: fail2ban
# says: fail2ban-client set web unbanip
# needs: fail2ban-server fail2ban-client

. "$LAB/managers.sh"
touch /var/log/web.log
fail2ban_with '[DEFAULT]
banaction = iptables-multiport
backend = polling
[web]
enabled = true
filter = nginx-http-auth
port = http,https
logpath = /var/log/web.log'
fail2ban_bans web 172.64.0.7 198.51.100.7 172.70.1.9 2606:4700::77
