# What scripts of cases share: `. "$LAB/helpers.sh"`.

# Cloudflare's ranges, one a line: `cloudflare4`, `cloudflare6`, or both: `cloudflare`.
cloudflare() { cat /run/lab/cloudflare.txt; }
cloudflare4() { grep -v : /run/lab/cloudflare.txt; }
cloudflare6() { grep : /run/lab/cloudflare.txt; }

# container NAME BRIDGE ADDRESS/LENGTH GATEWAY [ADDRESS:PORT ...]: a network of its own on a bridge of the
# host, which must have the gateway's address, with programs that listen there.
container() {
    name=$1 bridge=$2 address=$3 gateway=$4
    shift 4
    if ! ip netns list | grep -qw "$name"; then
        ip netns add "$name"
        ip netns exec "$name" sh -c 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad'
        ip link add "v$name" type veth peer name eth0 netns "$name"
        ip link set "v$name" master "$bridge" up
        ip -n "$name" link set lo up
        ip -n "$name" link set eth0 up
    fi
    ip -n "$name" addr add "$address" dev eth0
    ip -n "$name" route add default via "$gateway"
    if [ $# -gt 0 ]; then ip netns exec "$name" python3 -I "$LAB/listen.py" "$@"; fi
}

# second NAME [ADDRESS/LENGTH]: another interface of the host, at whose other end nobody answers.
second() {
    ip link add "$1" type veth peer name "away-$1"
    ip link set "$1" up
    ip link set "away-$1" up
    if [ $# -gt 1 ]; then ip addr add "$2" dev "$1"; fi
}
