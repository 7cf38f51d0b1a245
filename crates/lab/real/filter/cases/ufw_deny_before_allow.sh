# Somebody denied two wide prefixes after an attack; the rules that let Cloudflare in came later, and stand
# behind. SSH is allowed before all of it.
#
# kernel: all 22 accepted
# kernel: 172.64.0.0/13 80,443 dropped
# kernel: 2606:4700::/33 80,443 dropped
# kernel: cloudflare 80,443 accepted
# kernel: others 80,443 dropped
# by: 172.64.0.0/13 80,443 ufw-user-input
# by: 2606:4700::/33 80,443 ufw6-user-input
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw deny from 172.64.0.0/13
ufw deny from 2606:4700::/33
ufw_lets_cloudflare_in
ufw --force enable
