# The old tool with all its tables: raw, mangle, nat, filter; sets, marks, chains.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.0.0/13 all dropped
# kernel: 162.158.0.0/15 443 dropped
# kernel: 188.114.96.0/20 443 dropped
# kernel: 10.0.0.0/24 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all legacy ip raw PREROUTING
# by: 104.16.0.0/13 all legacy ip filter INPUT policy
# by: 188.114.96.0/20 443 legacy ip filter INPUT

ipset create bad hash:net
ipset add bad 10.0.0.0/24
legacy() { iptables-legacy -w "$@"; }
legacy -t raw -A PREROUTING -s 172.64.0.0/13 -j DROP
legacy -t mangle -A PREROUTING -s 104.16.0.0/13 -j MARK --set-mark 5
legacy -t nat -A PREROUTING -p tcp --dport 443 -j REDIRECT --to-ports 8443
legacy -N MARKED
legacy -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
legacy -A INPUT -m mark --mark 5 -g MARKED
legacy -A INPUT -m set --match-set bad src -j DROP
legacy -A INPUT -s 162.158.0.0/15 -p tcp -m conntrack --ctorigdstport 443 -j DROP
legacy -A INPUT -s 188.114.96.0/20 -p tcp --dport 8443 -j DROP
legacy -A INPUT -j ACCEPT
legacy -A MARKED -p udp -j ACCEPT
legacy -P INPUT DROP
