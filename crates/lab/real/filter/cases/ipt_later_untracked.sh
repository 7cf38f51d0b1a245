# What comes after the first packet is left untracked: a redirected connection falls apart, another does not.
#
# kernel: all 80 reset
# unknown allowed: who holds the address that was asked answers what is no longer translated
# kernel: all 443 accepted

for tables in iptables ip6tables; do
    $tables -t raw -A PREROUTING -p tcp ! --syn -j CT --notrack
    $tables -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8443
done
