# Somebody wrote into before.rules: a prefix is dropped before ufw asks for anything that was allowed.
#
# kernel: 162.158.0.0/15 80,443,22 dropped
# kernel: 2a06:98c0::/29 80,443 dropped
# kernel: all 80,443,22 accepted
# by: 162.158.0.0/15 443 ufw-before-input
# by: 2a06:98c0::/29 443 ufw6-before-input
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
sed -i '/^# allow all on loopback/i -A ufw-before-input -s 162.158.0.0/15 -j DROP' /etc/ufw/before.rules
sed -i '/^# allow all on loopback/i -A ufw6-before-input -s 2a06:98c0::/29 -p tcp -m multiport --dports 80,443 -j DROP' /etc/ufw/before6.rules
ufw allow 80,443/tcp
ufw --force enable
