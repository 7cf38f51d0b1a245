# The ports were allowed on an interface that the traffic does not come in by; one range was allowed on the right one.
#
# kernel: all 22 accepted
# kernel: 141.101.64.0/18 443 accepted
# kernel: all 80,443 dropped
# by: 104.16.0.0/13 443 ip filter INPUT
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw allow in on eth1 to any port 80,443 proto tcp
ufw allow in on eth0 proto tcp from 141.101.64.0/18 to any port 443
ufw --force enable
