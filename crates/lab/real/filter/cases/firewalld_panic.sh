# Panic: nothing comes in and nothing goes out, whatever the zones say.
#
# kernel: all 80,443,22 dropped
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --zone=public --add-service=http --add-service=https
firewall-cmd --panic-on
