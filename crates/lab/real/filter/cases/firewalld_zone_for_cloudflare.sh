# A zone bound to all of Cloudflare's ranges opens both ports; the default zone has SSH alone: as it should be.
#
# kernel: cloudflare 80,443 accepted
# kernel: cloudflare 22 unreachable
# kernel: others 22 accepted
# kernel: others 80,443 unreachable
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --permanent --new-zone=cloudflare
firewall-cmd --permanent --zone=cloudflare --add-service=http --add-service=https
firewall-cmd --permanent --zone=cloudflare $(cloudflare | sed 's/^/--add-source=/')
firewall-cmd --reload
