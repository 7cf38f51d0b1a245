# Whose answer is not tracked has not been answered, to the kernel: what comes after it is invalid.
#
# kernel: all 80 dropped
# kernel: all 443 accepted
# by: cloudflare4 80 ip filter INPUT

for tables in iptables ip6tables; do
    $tables -t raw -A OUTPUT -p tcp --sport 80 -j CT --notrack
    $tables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    $tables -A INPUT -m conntrack --ctstate INVALID -p tcp --dport 80 -j DROP
done
