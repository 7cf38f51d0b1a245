# A host that accepts Cloudflare's ranges by one rule each, in both families: right as it is.
#
# kernel: cloudflare 80,443 accepted
# kernel: others 80,443 dropped
# kernel: all 22 accepted
# by: others4 80,443 ip filter INPUT policy
# by: others6 80,443 ip6 filter INPUT policy

. "$LAB/helpers.sh"
for tool in iptables ip6tables; do
    $tool -A INPUT -i lo -j ACCEPT
    $tool -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
    $tool -A INPUT -m conntrack --ctstate INVALID -j DROP
    $tool -A INPUT -p tcp --dport 22 -j ACCEPT
    $tool -P INPUT DROP
done
ip6tables -A INPUT -p ipv6-icmp -j ACCEPT
for range in $(cloudflare4); do iptables -A INPUT -s $range -p tcp -m multiport --dports 80,443 -j ACCEPT; done
for range in $(cloudflare6); do ip6tables -A INPUT -s $range -p tcp -m multiport --dports http,https -j ACCEPT; done
