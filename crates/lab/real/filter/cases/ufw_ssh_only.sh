# ufw as most hosts have it: switched on with SSH allowed, and nothing said of the site.
#
# kernel: all 22 accepted
# kernel: all 80,443 dropped
# by: cloudflare4 80,443 ip filter INPUT
# by: cloudflare6 80,443 ip6 filter INPUT
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw --force enable
