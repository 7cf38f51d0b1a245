# Sources stand above interfaces: whoever is bound to the zone `block` stays there, though the interface's zone is
# open. The prefix that was bound is wider than the range that it was meant for.
#
# kernel: 104.16.0.0/12 80,443,22 unreachable
# kernel: 2a06:98c0::/29 80,443,22 unreachable
# kernel: all 80,443,22 accepted
# by: 104.24.0.0/14 443 filter_IN_block
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --zone=public --add-service=http --add-service=https
firewall-cmd --zone=block --add-source=104.16.0.0/12 --add-source=2a06:98c0::/29
