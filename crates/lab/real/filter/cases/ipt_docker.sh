# A published container as docker lays its rules, and an input chain that thinks it guards the port.
#
# kernel: 172.17.0.0/16 all dropped
# kernel: 172.64.0.0/13 443 dropped
# kernel: cloudflare4 443 accepted
# kernel: others4 443 accepted
# kernel: cloudflare4 80 dropped
# kernel: others4 80 dropped
# kernel: all all accepted
# by: 172.64.0.0/13 443 ip filter DOCKER-USER
# by: cloudflare4 80 ip filter FORWARD policy

. "$LAB/helpers.sh"
sysctl -qw net.ipv4.ip_forward=1
ip link add docker0 type bridge
ip addr add 172.17.0.1/16 dev docker0
ip link set docker0 up
container web docker0 172.17.0.2/16 172.17.0.1 0.0.0.0:80 0.0.0.0:8443
iptables -t nat -N DOCKER
iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables -t nat -A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 8443 -j MASQUERADE
iptables -t nat -A DOCKER -i docker0 -j RETURN
iptables -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.17.0.2:8443
iptables -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80
iptables -N DOCKER
iptables -N DOCKER-USER
iptables -P FORWARD DROP
iptables -A FORWARD -j DOCKER-USER
iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A FORWARD -o docker0 -j DOCKER
iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
iptables -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8443 -j ACCEPT
iptables -A DOCKER-USER -s 172.64.0.0/13 -i eth0 -p tcp -m conntrack --ctorigdstport 443 --ctdir ORIGINAL -j DROP
iptables -A DOCKER-USER -s 104.16.0.0/13 -i eth0 -p tcp --dport 443 -j DROP
iptables -A DOCKER-USER -j RETURN
iptables -A INPUT -p tcp --dport 443 -j DROP
