# A ban that was lifted again: the chain is left, and refuses nobody.
#
# kernel: all 80,443,22 accepted
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
fail2ban_bans web 172.64.1.1
fail2ban-client set web unbanip 172.64.1.1
gone() { ! in_force 172.64.1.1; }
until_done 20 gone
