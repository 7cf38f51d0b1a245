# The port 443 is forwarded to 8443 of this host, and 80 to a port where nobody listens, over IPv4 as firewalld does
# it. What is translated passes before any zone is asked, so the rich rule that drops a prefix holds for SSH alone.
#
# kernel: 104.16.0.0/13 22 dropped
# kernel: cloudflare4 443 accepted
# kernel: others4 443 accepted
# kernel: cloudflare4 80 reset
# kernel: others4 80 reset
# kernel: all 80,443 unreachable
# kernel: all 22 accepted
# by: 104.16.0.0/13 22 filter_IN_public
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --permanent --add-forward-port=port=443:proto=tcp:toport=8443
firewall-cmd --permanent --add-forward-port=port=80:proto=tcp:toport=8000
firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="104.16.0.0/13" drop'
firewall-cmd --reload
