# fail2ban has banned one address of each family, and a network that somebody asked for, with its usual action: a
# chain of iptables for the jail's ports.
#
# kernel: 172.64.1.1 80,443 port-unreachable
# kernel: 162.158.3.0/24 80,443 port-unreachable
# kernel: 2606:4700::1111 80,443 port-unreachable
# kernel: all 80,443,22 accepted
# by: 172.64.1.1 443 f2b-web
# by: 162.158.3.0/24 80 f2b-web
# by: 2606:4700::1111 443 f2b-web
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
fail2ban_bans web 172.64.1.1 162.158.3.0/24 2606:4700::1111
