# Docker's rules, for the scripts of cases: `. "$LAB/docker.sh"`.
#
# No daemon runs here: the rules are those that dockerd 20.10 wrote on Debian 12, and for later versions those of
# Docker's own pages of them (`iptablesdoc`, `nftablesdoc`). The container is a network namespace on the bridge.

. "$LAB/helpers.sh"

# docker0_with [ADDRESS:PORT ...]: the bridge, and a container on it at 172.17.0.2 that listens there.
docker0_with() {
    echo 1 > /proc/sys/net/ipv4/ip_forward
    ip link add docker0 type bridge
    ip addr add 172.17.0.1/16 dev docker0
    ip link set docker0 up
    container site docker0 172.17.0.2/16 172.17.0.1 "$@"
}

# docker_20 [ADDRESS:PORT ...]: as dockerd 20.10 begins.
docker_20() {
    docker0_with "$@"
    iptables-restore --noflush << 'RULES'
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
COMMIT
*filter
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-I FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-I FORWARD 2 -o docker0 -j DOCKER
-I FORWARD 3 -i docker0 ! -o docker0 -j ACCEPT
-I FORWARD 4 -i docker0 -o docker0 -j ACCEPT
-I FORWARD -j DOCKER-ISOLATION-STAGE-1
-I FORWARD -j DOCKER-USER
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
RULES
    iptables -P FORWARD DROP
}

# publish_20 PORT INNER: `docker run -p PORT:INNER`.
publish_20() {
    iptables-restore --noflush << RULES
*nat
-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport $2 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport $1 -j DNAT --to-destination 172.17.0.2:$2
COMMIT
*filter
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport $2 -j ACCEPT
COMMIT
RULES
}

# docker_28 [ADDRESS:PORT ...]: as dockerd 28 begins.
docker_28() {
    docker0_with "$@"
    iptables-restore --noflush << 'RULES'
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
COMMIT
*filter
:DOCKER - [0:0]
:DOCKER-BRIDGE - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-INTERNAL - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER ! -i docker0 -o docker0 -j DROP
-A DOCKER-BRIDGE -o docker0 -j DOCKER
-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-INTERNAL
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i docker0 -j ACCEPT
COMMIT
RULES
    iptables -P FORWARD DROP
}

# publish_28 PORT INNER: `docker run -p PORT:INNER`.
publish_28() {
    iptables-restore --noflush << RULES
*raw
-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
COMMIT
*nat
-A DOCKER ! -i docker0 -p tcp -m tcp --dport $1 -j DNAT --to-destination 172.17.0.2:$2
COMMIT
*filter
-I DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport $2 -j ACCEPT
COMMIT
RULES
}
