# The policy of IPv6 is to drop, and only neighbours are let in: all rules were made with iptables alone.
#
# kernel: cloudflare4 80,443 accepted
# kernel: others4 all dropped
# kernel: cloudflare4 22 dropped
# kernel: all all dropped
# by: cloudflare6 443 ip6 filter INPUT policy

. "$LAB/helpers.sh"
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
for range in $(cloudflare4); do iptables -A INPUT -s $range -p tcp -m multiport --dports 80,443 -j ACCEPT; done
iptables -P INPUT DROP
ip6tables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
for kind in neighbour-solicitation neighbour-advertisement router-advertisement; do
    ip6tables -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type $kind -j ACCEPT
done
ip6tables -P INPUT DROP
