# The kernel answers in the program's place before it asks it: right as it is.
#
# kernel: all all accepted

sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
iptables -t raw -A PREROUTING -i eth0 -p tcp --dport 443 --syn -j CT --notrack
iptables -A INPUT -i eth0 -p tcp --dport 443 -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460
iptables -A INPUT -m conntrack --ctstate INVALID -j DROP
