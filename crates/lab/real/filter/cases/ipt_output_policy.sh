# Nothing may leave but what is listed; answers to connections are, for one of the two ports.
#
# kernel: cloudflare4 443 accepted
# kernel: others4 443 accepted
# kernel: cloudflare4 all dropped
# kernel: others4 all dropped
# kernel: all all accepted
# by: cloudflare4 80 ip filter OUTPUT policy

iptables -A OUTPUT -p tcp -m conntrack --ctstate ESTABLISHED --ctorigdstport 443 -j ACCEPT
iptables -P OUTPUT DROP
