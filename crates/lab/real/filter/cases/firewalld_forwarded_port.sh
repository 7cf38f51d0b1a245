# The port 443 is forwarded to 8443 of this host: what is translated passes without a service. Port 80 leads to a
# port where nobody listens.
#
# kernel: 104.16.0.0/13 443 dropped
# kernel: all 443,22 accepted
# kernel: all 80 reset
# by: 104.16.0.0/13 443 filter_IN_public
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --permanent --add-forward-port=port=443:proto=tcp:toport=8443
firewall-cmd --permanent --add-forward-port=port=80:proto=tcp:toport=8000
firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="104.16.0.0/13" drop'
firewall-cmd --reload
