# Direct rules go to iptables, and stand there beside firewalld's own table: the drop counts, the accept does not,
# since the other table asks again.
#
# kernel: 141.101.64.0/18 443 dropped
# kernel: 2803:f800::/32 80,443,22 dropped
# kernel: all 22,443 accepted
# kernel: all 80 unreachable
# by: 141.101.64.0/18 443 ip filter INPUT
# by: 2803:f800::/32 443 ip6 filter INPUT
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --permanent --add-service=https
firewall-cmd --permanent --direct --add-rule ipv4 filter INPUT 0 -p tcp --dport 443 -s 141.101.64.0/18 -j DROP
firewall-cmd --permanent --direct --add-rule ipv6 filter INPUT 0 -s 2803:f800::/32 -j DROP
firewall-cmd --permanent --direct --add-rule ipv4 filter INPUT 1 -p tcp --dport 80 -j ACCEPT
firewall-cmd --reload
