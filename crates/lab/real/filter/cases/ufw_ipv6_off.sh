# ufw with `IPV6=no`: it does not leave IPv6 alone, it shuts it, answers included.
#
# kernel: cloudflare6 80,443,22 dropped
# kernel: others6 80,443,22 dropped
# kernel: all 80,443,22 accepted
# by: cloudflare6 80,443 ip6 filter INPUT
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw_setting IPV6 no
ufw allow 80,443/tcp
ufw --force enable
