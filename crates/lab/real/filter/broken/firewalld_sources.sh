# A zone bound to Cloudflare's ranges opens both ports; two ranges are missing from its sources.
#
# owner: firewalld
# says: firewall-cmd --permanent --zone=cloudflare --add-source=104.24.0.0/14 --add-source=2c0f:f248::/32
# needs: firewalld firewall-cmd dbus-daemon

. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --permanent --new-zone=cloudflare
firewall-cmd --permanent --zone=cloudflare --add-service=ssh --add-service=http --add-service=https
firewall-cmd --permanent --zone=cloudflare $(cloudflare | grep -v -e 104.24 -e 2c0f | sed 's/^/--add-source=/')
firewall-cmd --reload
