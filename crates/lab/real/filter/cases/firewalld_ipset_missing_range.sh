# Two ipsets of firewalld hold the ranges, and a zone takes them for its sources; one range was never entered.
#
# kernel: 104.24.0.0/14 80,443 unreachable
# kernel: cloudflare 80,443 accepted
# kernel: others 80,443 unreachable
# kernel: others 22 accepted
# by: 104.24.0.0/14 443 inet firewalld
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --permanent --new-ipset=cf4 --type=hash:net
firewall-cmd --permanent --new-ipset=cf6 --type=hash:net --family=inet6
firewall-cmd --permanent --ipset=cf4 $(cloudflare4 | grep -v 104.24 | sed 's/^/--add-entry=/')
firewall-cmd --permanent --ipset=cf6 $(cloudflare6 | sed 's/^/--add-entry=/')
firewall-cmd --permanent --new-zone=cloudflare
firewall-cmd --permanent --zone=cloudflare --add-service=http --add-service=https
firewall-cmd --permanent --zone=cloudflare --add-source=ipset:cf4 --add-source=ipset:cf6
firewall-cmd --reload
