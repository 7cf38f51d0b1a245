# Two ipsets of firewalld hold the ranges, and a zone takes them for its sources; one range of each is missing.
#
# owner: firewalld
# says: firewall-cmd --ipset=cf4 --add-entry=104.24.0.0/14
# says: firewall-cmd --permanent --ipset=cf6 --add-entry=2c0f:f248::/32
# needs: firewalld firewall-cmd dbus-daemon

. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --permanent --new-ipset=cf4 --type=hash:net
firewall-cmd --permanent --new-ipset=cf6 --type=hash:net --family=inet6
firewall-cmd --permanent --ipset=cf4 $(cloudflare4 | grep -v 104.24 | sed 's/^/--add-entry=/')
firewall-cmd --permanent --ipset=cf6 $(cloudflare6 | grep -v 2c0f | sed 's/^/--add-entry=/')
firewall-cmd --permanent --new-zone=cloudflare
firewall-cmd --permanent --zone=cloudflare --add-service=ssh --add-service=http --add-service=https
firewall-cmd --permanent --zone=cloudflare --add-source=ipset:cf4 --add-source=ipset:cf6
firewall-cmd --reload
