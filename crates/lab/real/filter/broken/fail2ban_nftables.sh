# fail2ban has banned addresses of Cloudflare's in sets of nft's.
#
# owner: fail2ban
# says: fail2ban-client set web unbanip 172.64.0.7
# says: fail2ban-client set web unbanip 2606:4700::77
# needs: fail2ban-server fail2ban-client

. "$LAB/managers.sh"
touch /var/log/web.log
fail2ban_with '[DEFAULT]
banaction = nftables-multiport
backend = polling
[web]
enabled = true
filter = nginx-http-auth
port = http,https
logpath = /var/log/web.log'
fail2ban_bans web 172.64.0.7 198.51.100.7 2606:4700::77
