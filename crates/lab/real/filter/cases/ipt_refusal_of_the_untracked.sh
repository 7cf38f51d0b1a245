# A refusal of a packet that was not tracked cannot be left untracked by iptables: it stays invalid.
#
# kernel: all 80 reset
# kernel: all 443 accepted
# by: cloudflare4 80 ip filter INPUT

for tables in iptables ip6tables; do
    $tables -t raw -A PREROUTING -p tcp --dport 80 -j CT --notrack
    $tables -A INPUT -p tcp --dport 80 -j REJECT --reject-with tcp-reset
    $tables -t raw -A OUTPUT -p tcp --sport 80 -j CT --notrack
    $tables -t raw -A OUTPUT -p tcp --sport 80 -m conntrack --ctstate UNTRACKED -j DROP
done
