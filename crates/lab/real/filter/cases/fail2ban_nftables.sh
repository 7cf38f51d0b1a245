# The same with its action for nft: a table of its own that asks before all others, and a set for each
# jail and family.
#
# kernel: 104.16.0.9 80,443 port-unreachable
# kernel: 2400:cb00::77 80,443 port-unreachable
# kernel: all 80,443,22 accepted
# by: 104.16.0.9 443 f2b-table
# by: 2400:cb00::77 80 f2b-table
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
fail2ban_bans web 104.16.0.9 2400:cb00::77
