# The same with an ipset, at every port, and a drop instead of a refusal; of IPv6 its action still refuses, since
# it has a setting of its own for that.
#
# kernel: 141.101.69.5 80,443,22 dropped
# kernel: 2a06:98c0::5 80,443,22 port-unreachable
# kernel: all 80,443,22 accepted
# by: 141.101.69.5 443 ip filter INPUT
# by: 2a06:98c0::5 443 ip6 filter INPUT
# needs: fail2ban-server fail2ban-client ipset
. "$LAB/managers.sh"
touch /var/log/web.log
fail2ban_with '[DEFAULT]
banaction = iptables-ipset[type=allports, blocktype=DROP]
backend = polling
bantime = 1h
[web]
enabled = true
filter = nginx-http-auth
logpath = /var/log/web.log'
fail2ban_bans web 141.101.69.5 2a06:98c0::5
