# firewalld as it is installed: the zone `public` knows SSH.
#
# owner: firewalld
# says: --add-rich-rule='rule family="ipv4" source address="172.64.0.0/13" port port="443" protocol="tcp" accept'
# needs: firewalld firewall-cmd dbus-daemon

. "$LAB/managers.sh"
fresh_firewalld
