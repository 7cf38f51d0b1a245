# What is not tracked on its way in is invalid on its way out.
#
# kernel: cloudflare4 443 dropped
# kernel: others4 443 dropped
# kernel: all all accepted
# by: cloudflare4 443 ip filter OUTPUT

iptables -t raw -A PREROUTING -p tcp -m multiport --dports 80,443 -j CT --notrack
iptables -t raw -A OUTPUT -p tcp --sport 80 -j CT --notrack
iptables -A INPUT -m conntrack --ctstate INVALID -j DROP
iptables -A OUTPUT -m conntrack --ctstate INVALID -j DROP
