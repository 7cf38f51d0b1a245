# The same with an old list: two ranges are missing, one of each family.
#
# kernel: 2c0f:f248::/32 80,443 dropped
# kernel: 198.41.128.0/17 80,443 dropped
# kernel: cloudflare all accepted
# kernel: others 80,443 dropped
# kernel: all 22 accepted
# by: 2c0f:f248::/32 443 ip6 filter CF
# by: 198.41.128.0/17 443 ip filter CF

. "$LAB/helpers.sh"
for tool in iptables ip6tables; do
    $tool -N CF
    $tool -A INPUT -p tcp -m multiport --dports 80,443 -g CF
done
for range in $(cloudflare4 | grep -v 198.41); do iptables -A CF -s $range -j ACCEPT; done
for range in $(cloudflare6 | grep -v 2c0f); do ip6tables -A CF -s $range -j ACCEPT; done
iptables -A CF -j DROP
ip6tables -A CF -j DROP
