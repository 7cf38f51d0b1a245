# A container is published, and DOCKER-USER drops whoever is not on a list. The container listens at 8443.
#
# owner: docker
# says: -m conntrack --ctorigdstport 443 --ctdir ORIGINAL

. "$LAB/helpers.sh"
ip link add docker0 type bridge
ip addr add 172.17.0.1/16 dev docker0
ip link set docker0 up
echo 1 > /proc/sys/net/ipv4/ip_forward
container web docker0 172.17.0.2/16 172.17.0.1 0.0.0.0:8443 0.0.0.0:8081
iptables-nft -t nat -N DOCKER
iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables-nft -t nat -A DOCKER ! -i docker0 -p tcp --dport 443 -j DNAT --to-destination 172.17.0.2:8443
iptables-nft -t nat -A DOCKER ! -i docker0 -p tcp --dport 80 -j DNAT --to-destination 172.17.0.2:8081
iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables-nft -N DOCKER
iptables-nft -N DOCKER-USER
iptables-nft -P FORWARD DROP
iptables-nft -A FORWARD -j DOCKER-USER
iptables-nft -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A FORWARD -o docker0 -j DOCKER
iptables-nft -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
iptables-nft -A FORWARD -i docker0 -o docker0 -j ACCEPT
iptables-nft -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp --dport 8443 -j ACCEPT
iptables-nft -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp --dport 8081 -j ACCEPT
iptables-nft -A DOCKER-USER -i eth0 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
iptables-nft -A DOCKER-USER -i eth0 -s 198.51.100.0/24 -j RETURN
iptables-nft -A DOCKER-USER -i eth0 -j DROP
iptables-nft -A DOCKER-USER -j RETURN
