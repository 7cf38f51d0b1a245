# firewalld with its other back end: the same zones as chains of iptables, where a direct accept does count.
#
# kernel: 103.21.244.0/22 80,443,22 dropped
# kernel: 103.22.200.0/22 80 accepted
# kernel: all 443,22 accepted
# kernel: all 80 port-unreachable
# by: 103.21.244.0/22 443 IN_public_deny
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
FIREWALLD_BACKEND=iptables fresh_firewalld
firewall-cmd --permanent --add-service=https
firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="103.21.244.0/22" drop'
firewall-cmd --permanent --direct --add-rule ipv4 filter INPUT 0 -s 103.22.200.0/22 -p tcp --dport 80 -j ACCEPT
firewall-cmd --reload
