# New connections are let in, and what follows them is not.
#
# kernel: all 80,443 dropped
# kernel: cloudflare4 22 accepted
# kernel: others4 22 accepted
# kernel: all 22 accepted
# by: cloudflare4 80,443 ip filter INPUT policy

for tool in iptables ip6tables; do
    $tool -A INPUT -p tcp --dport 22 -j ACCEPT
    $tool -A INPUT -p tcp -m state --state NEW -m multiport --dports 80,443 -j ACCEPT
    $tool -P INPUT DROP
done
ip6tables -I INPUT -p ipv6-icmp -j ACCEPT
