# A program in a container, reached by translation and forwarded: what the input chain says does not matter.
#
# kernel: 172.17.0.0/16 all dropped
# kernel: 172.64.0.0/13 443 dropped
# kernel: 162.158.0.0/15 443 unreachable
# kernel: cloudflare4 443 accepted
# kernel: others4 443 accepted
# kernel: all all dropped
# by: 172.64.0.0/13 443 ip filter forward
# by: cloudflare4 80 ip filter input policy

. "$LAB/helpers.sh"
sysctl -qw net.ipv4.ip_forward=1
ip link add br0 type bridge
ip addr add 172.17.0.1/16 dev br0
ip link set br0 up
container web br0 172.17.0.2/16 172.17.0.1 0.0.0.0:8080
nft -f - <<END
table ip nat {
    chain pre {
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local tcp dport 443 dnat to 172.17.0.2:8080
    }
    chain post {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "eth0" ip saddr 172.17.0.0/16 masquerade
    }
}
table ip filter {
    chain input {
        type filter hook input priority filter; policy drop;
    }
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        ip saddr 172.64.0.0/13 oifname "br0" drop
        ip saddr 162.158.0.0/15 reject with icmp admin-prohibited
        iifname "eth0" oifname "br0" ip daddr 172.17.0.2 tcp dport 8080 accept
    }
}
table ip6 filter {
    chain input {
        type filter hook input priority filter; policy drop;
    }
}
END
