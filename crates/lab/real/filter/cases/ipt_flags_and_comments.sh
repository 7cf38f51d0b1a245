# Rules against odd packets, with comments, logs and counters between: right as they are.
#
# kernel: all all accepted

iptables -A INPUT -p tcp --tcp-flags ALL NONE -j DROP
iptables -A INPUT -p tcp --tcp-flags ALL ALL -j DROP
iptables -A INPUT -p tcp --tcp-flags SYN,RST SYN,RST -m comment --comment "no \"honest\" client -j DROP" -j DROP
iptables -A INPUT -p tcp ! --syn -m conntrack --ctstate NEW -j DROP
iptables -A INPUT -f -j DROP
iptables -A INPUT -m conntrack --ctstate INVALID -j LOG --log-prefix "dropped: " --log-level 7
iptables -A INPUT -m conntrack --ctstate INVALID -j DROP
iptables -A INPUT -s 172.64.0.0/13
iptables -A INPUT -m addrtype --dst-type BROADCAST,MULTICAST -j DROP
iptables -A INPUT -m addrtype --src-type LOCAL -i eth0 -j DROP
iptables -A INPUT -d 127.0.0.0/8 ! -i lo -j DROP
iptables -A INPUT ! -d 203.0.113.10 -j DROP
iptables -A INPUT -p 17 -j DROP
iptables -A INPUT -p icmp -m icmp --icmp-type 8 -j DROP
