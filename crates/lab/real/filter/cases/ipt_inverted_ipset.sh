# All that is in no set of Cloudflare's ranges is dropped: right as it is.
#
# kernel: cloudflare all accepted
# kernel: others 80,443 dropped
# kernel: all 22 accepted

. "$LAB/helpers.sh"
ipset create cf4 hash:net
ipset create cf6 hash:net family inet6
for range in $(cloudflare4); do ipset add cf4 $range; done
for range in $(cloudflare6); do ipset add cf6 $range; done
iptables -A INPUT -p tcp -m multiport --dports 80,443 -m set ! --match-set cf4 src -j DROP
ip6tables -A INPUT -p tcp -m multiport --dports 80,443 -m set ! --match-set cf6 src -j DROP
