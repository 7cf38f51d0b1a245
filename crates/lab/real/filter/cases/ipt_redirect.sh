# The port of the web is led to another; rules that name the first one never hold.
#
# kernel: 172.64.0.0/13 443 dropped
# kernel: all 443 accepted
# kernel: all 80 reset
# kernel: all all accepted
# by: 172.64.0.0/13 443 ip filter INPUT

for tool in iptables ip6tables; do
    $tool -t nat -A PREROUTING -p tcp --dport 443 -j REDIRECT --to-ports 8443
    $tool -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8000
    $tool -A INPUT -p tcp --dport 443 -j DROP
done
iptables -A INPUT -s 172.64.0.0/13 -p tcp --dport 8443 -j DROP
