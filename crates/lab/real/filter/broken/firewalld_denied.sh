# The zone lets everybody in to the web, but for a range that a rich rule refuses.
#
# owner: firewalld
# says: rule priority="-100" family="ipv4" source address="172.64.0.0/13" port port="80" protocol="tcp" accept
# needs: firewalld firewall-cmd dbus-daemon

. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --add-service=http --add-service=https
firewall-cmd --permanent --add-service=http --add-service=https
firewall-cmd --add-rich-rule='rule family="ipv4" source address="172.64.0.0/13" drop'
firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="172.64.0.0/13" drop'
