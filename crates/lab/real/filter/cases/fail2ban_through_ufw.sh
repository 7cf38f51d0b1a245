# fail2ban bans through ufw: the ban stands as a rule of ufw's, before the one that lets Cloudflare in.
#
# kernel: 198.41.130.3 80,443,22 port-unreachable
# kernel: cloudflare 80,443 accepted
# kernel: others 80,443 dropped
# kernel: all 22 accepted
# by: 198.41.130.3 443 ufw-user-input
# needs: fail2ban-server fail2ban-client ufw
. "$LAB/managers.sh"
fresh_ufw
ufw_lets_cloudflare_in
ufw --force enable
touch /var/log/web.log
fail2ban_with '[DEFAULT]
banaction = ufw[blocktype=reject]
backend = polling
[web]
enabled = true
filter = nginx-http-auth
port = http,https
logpath = /var/log/web.log'
fail2ban_bans web 198.41.130.3
