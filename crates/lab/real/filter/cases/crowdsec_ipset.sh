# The same bouncer over iptables and ipsets, where a range is stored as such; ufw lets the ports in behind it.
#
# kernel: 162.158.64.0/18 80,443,22 dropped
# kernel: 2a06:98c1::/32 80,443,22 dropped
# kernel: 198.51.100.9 80,443,22 dropped
# kernel: all 80,443,22 accepted
# by: 162.158.64.0/18 443 ip filter INPUT
# by: 2a06:98c1::/32 443 ip6 filter INPUT
# needs: ipset ufw
. "$LAB/managers.sh"
fresh_ufw
ufw allow 80,443/tcp
ufw --force enable
ipset -exist create crowdsec-blacklists nethash timeout 300
ipset -exist create crowdsec6-blacklists nethash timeout 300 family inet6
ipset add crowdsec-blacklists 162.158.64.0/18 timeout 14400
ipset add crowdsec-blacklists 198.51.100.9 timeout 14400
ipset add crowdsec6-blacklists 2a06:98c1::/32 timeout 14400
iptables -I INPUT -m set --match-set crowdsec-blacklists src -j DROP
iptables -I FORWARD -m set --match-set crowdsec-blacklists src -j DROP
ip6tables -I INPUT -m set --match-set crowdsec6-blacklists src -j DROP
ip6tables -I FORWARD -m set --match-set crowdsec6-blacklists src -j DROP
