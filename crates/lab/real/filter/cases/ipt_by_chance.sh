# Chance divides connections among chains that all accept, as a balancer does.
#
# kernel: cloudflare4 all accepted
# kernel: others4 all accepted
# kernel: all all accepted

iptables -N ONE
iptables -N TWO
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -m statistic --mode random --probability 0.5 -j ONE
iptables -A INPUT -j TWO
iptables -A ONE -j ACCEPT
iptables -A TWO -j ACCEPT
iptables -P INPUT DROP
