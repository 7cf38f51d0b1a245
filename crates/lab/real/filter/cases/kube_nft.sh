# kube-proxy with its tables of nft: services are looked up in a map by address, protocol and port, and the pod is
# chosen by chance. Who is not among the sources of the service is dropped.
#
# kernel: 10.244.0.0/24 80,443,22 dropped
# kernel: 172.64.0.0/13 443 accepted
# kernel: 198.41.128.0/17 443 accepted
# kernel: cloudflare4 443 dropped
# kernel: others4 443 dropped
# kernel: all 80,443,22 accepted
# by: 104.16.0.0/13 443 ip kube-proxy firewall
. "$LAB/kubernetes.sh"
two_pods
nft -f - << 'RULES'
table ip kube-proxy {
    map service-ips {
        type ipv4_addr . inet_proto . inet_service : verdict
        elements = { 10.96.7.7 . tcp . 443 : goto service-site, 203.0.113.10 . tcp . 443 : goto external-site }
    }
    map firewall-ips {
        type ipv4_addr . inet_proto . inet_service : verdict
        elements = { 203.0.113.10 . tcp . 443 : goto firewall-site }
    }
    map no-endpoint-services {
        type ipv4_addr . inet_proto . inet_service : verdict
    }
    chain filter-prerouting-pre-dnat {
        type filter hook prerouting priority dstnat - 10; policy accept;
        ct state new jump firewall-check
    }
    chain filter-forward {
        type filter hook forward priority -110; policy accept;
        ct state new jump service-endpoints-check
    }
    chain filter-input {
        type filter hook input priority -110; policy accept;
        ct state new jump service-endpoints-check
    }
    chain nat-prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        jump services
    }
    chain nat-postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        jump masquerading
    }
    chain services {
        ip daddr . meta l4proto . th dport vmap @service-ips
    }
    chain service-site {
        ip daddr 10.96.7.7 tcp dport 443 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
        numgen random mod 2 vmap { 0 : goto endpoint-five, 1 : goto endpoint-six }
    }
    chain external-site {
        jump mark-for-masquerade
        goto service-site
    }
    chain endpoint-five {
        ip saddr 10.244.0.5 jump mark-for-masquerade
        meta l4proto tcp dnat to 10.244.0.5:8443
    }
    chain endpoint-six {
        ip saddr 10.244.0.6 jump mark-for-masquerade
        meta l4proto tcp dnat to 10.244.0.6:8443
    }
    chain firewall-check {
        ip daddr . meta l4proto . th dport vmap @firewall-ips
    }
    chain firewall-site {
        ip saddr != { 172.64.0.0/13, 198.41.128.0/17 } drop
    }
    chain service-endpoints-check {
        ip daddr . meta l4proto . th dport vmap @no-endpoint-services
    }
    chain mark-for-masquerade {
        meta mark set meta mark | 0x4000
    }
    chain masquerading {
        meta mark & 0x4000 == 0 return
        meta mark set meta mark ^ 0x4000
        masquerade fully-random
    }
}
RULES
