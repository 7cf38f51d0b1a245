# Rich rules in an open zone: one prefix is refused aloud, one in silence, one by a set; a part of it is let in by
# a rule of higher priority.
#
# kernel: 172.64.80.0/20 80,443,22 accepted
# kernel: 172.64.0.0/13 80,443,22 port-unreachable
# kernel: 2606:4700::/32 80,443,22 dropped
# kernel: 197.234.240.0/22 80,443,22 dropped
# kernel: 198.51.100.0/24 80,443,22 dropped
# kernel: 108.162.192.0/18 443 reset
# kernel: all 80,443,22 accepted
# by: 172.68.0.0/14 443 filter_IN_public_deny
# by: 2606:4700::/32 443 filter_IN_public_deny
# by: 197.234.240.0/22 80 filter_IN_public_deny
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --permanent --new-ipset=bad --type=hash:net
firewall-cmd --permanent --ipset=bad --add-entry=197.234.240.0/22 --add-entry=198.51.100.0/24
firewall-cmd --permanent --add-service=http --add-service=https
firewall-cmd --permanent \
    --add-rich-rule='rule priority="-5" family="ipv4" source address="172.64.80.0/20" accept' \
    --add-rich-rule='rule family="ipv4" source address="172.64.0.0/13" reject' \
    --add-rich-rule='rule family="ipv6" source address="2606:4700::/32" drop' \
    --add-rich-rule='rule source ipset="bad" drop' \
    --add-rich-rule='rule family="ipv4" source address="108.162.192.0/18" port port="443" protocol="tcp" reject type="tcp-reset"'
firewall-cmd --reload
