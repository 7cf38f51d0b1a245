# The outside: lays the wire to the host whose process is $1, and becomes the prober.
set -e
cd "$(dirname "$0")"
within="nsenter --net=/proc/$1/ns/net"

# A switch that this kernel does not have is none that could disturb.
switches() {
    for switch in "$@"; do
        path=/proc/sys/net/$(echo "${switch%=*}" | tr . /)
        if [ -e "$path" ]; then echo "${switch#*=}" > "$path"; fi
    done
}
# Neighbours are known at once, nobody advertises, and no answer is held back for its number.
COMMON="ipv6.conf.all.accept_dad=0 ipv6.conf.default.accept_dad=0 ipv6.conf.all.accept_ra=0
    ipv6.conf.default.accept_ra=0 ipv6.conf.all.disable_ipv6=0 ipv6.conf.default.disable_ipv6=0
    ipv6.conf.all.router_solicitations=0 ipv6.conf.default.router_solicitations=0
    ipv4.ip_forward=0 ipv4.conf.all.rp_filter=0 ipv4.conf.default.rp_filter=0"
switches $COMMON
$within bash -c "$(declare -f switches)
switches $(echo $COMMON) ipv4.icmp_ratelimit=0 ipv4.icmp_ratemask=0 ipv4.icmp_msgs_per_sec=1000000 \
    ipv4.icmp_msgs_burst=1000000 ipv6.icmp.ratelimit=0 ipv4.tcp_max_syn_backlog=65535 core.somaxconn=65535"
ip -batch - <<BATCH
link add fence0 type veth peer name fence1
link set fence0 up
link set fence1 up
link add wire address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02 netns $1
link set wire up
addr add 203.0.113.1/24 dev wire
addr add 2001:db8:10::1/64 dev wire
BATCH
$within ip -batch - <<BATCH
link set eth0 up
addr add 203.0.113.10/24 dev eth0
addr add 2001:db8:10::10/64 dev eth0
route add default via 203.0.113.1
route add default via fe80::ff:fe00:1 dev eth0
BATCH
exec python3 -I probe.py "$1"
