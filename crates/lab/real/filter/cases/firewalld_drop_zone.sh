# The zone `drop` is the default, and lets in what was said of it: three ranges at 443.
#
# kernel: 173.245.48.0/20 443 accepted
# kernel: 162.158.0.0/15 443 accepted
# kernel: 2400:cb00::/32 443 accepted
# kernel: all 80,443,22 dropped
# by: 172.64.0.0/13 443 filter_IN_drop
# needs: firewalld firewall-cmd dbus-daemon
. "$LAB/managers.sh"
fresh_firewalld
firewall-cmd --set-default-zone=drop
for range in 173.245.48.0/20 162.158.0.0/15; do
    firewall-cmd --zone=drop --add-rich-rule="rule family=ipv4 source address=$range port port=443 protocol=tcp accept"
done
firewall-cmd --zone=drop --add-rich-rule='rule family=ipv6 source address=2400:cb00::/32 service name=https accept'
