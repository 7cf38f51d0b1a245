# firewalld as it is installed: the zone `public` knows SSH, and answers everything else that it is prohibited.
#
# kernel: all 22 accepted
# kernel: all 80,443 unreachable
# by: cloudflare 80,443 inet firewalld
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
