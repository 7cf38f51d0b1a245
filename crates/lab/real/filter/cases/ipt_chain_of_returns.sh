# A chain that sends Cloudflare's ranges back and drops whoever is left: right as it is.
#
# kernel: cloudflare all accepted
# kernel: others 80,443 dropped
# kernel: all 22 accepted
# by: others4 443 ip filter CF

. "$LAB/helpers.sh"
for tool in iptables ip6tables; do
    $tool -N CF
    $tool -A INPUT -p tcp -m tcp --dport 80 -j CF
    $tool -A INPUT -p tcp -m tcp --dport 443 -j CF
done
for range in $(cloudflare4); do iptables -A CF -s $range -j RETURN; done
for range in $(cloudflare6); do ip6tables -A CF -s $range -j RETURN; done
iptables -A CF -j DROP
ip6tables -A CF -j DROP
