# kube-proxy's rules, for the scripts of cases: `. "$LAB/kubernetes.sh"`.
#
# The layout is what kube-proxy 1.28 writes, around one service with two pods; each pod is a network namespace on
# the bridge cni0. The service is reached at the host's own address, as with k3s or an external address.

. "$LAB/helpers.sh"

# two_pods: at 10.244.0.5 and 10.244.0.6, both listening on 8443.
two_pods() {
    echo 1 > /proc/sys/net/ipv4/ip_forward
    ip link add cni0 type bridge
    ip addr add 10.244.0.1/24 dev cni0
    ip link set cni0 up
    container pod5 cni0 10.244.0.5/24 10.244.0.1 0.0.0.0:8443
    container pod6 cni0 10.244.0.6/24 10.244.0.1 0.0.0.0:8443
}

# kube_proxy: the chains that are always there, the service's own, and its two pods. Nothing leads into the service.
kube_proxy() {
    two_pods
    iptables-restore --noflush << 'RULES'
*nat
:KUBE-EXT-SITE - [0:0]
:KUBE-MARK-DROP - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SEP-FIVE - [0:0]
:KUBE-SEP-SIX - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-SITE - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-EXT-SITE -m comment --comment "masquerade traffic for default/site:https external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-SITE -j KUBE-SVC-SITE
-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-SEP-FIVE -s 10.244.0.5/32 -m comment --comment "default/site:https" -j KUBE-MARK-MASQ
-A KUBE-SEP-FIVE -p tcp -m comment --comment "default/site:https" -m tcp -j DNAT --to-destination 10.244.0.5:8443
-A KUBE-SEP-SIX -s 10.244.0.6/32 -m comment --comment "default/site:https" -j KUBE-MARK-MASQ
-A KUBE-SEP-SIX -p tcp -m comment --comment "default/site:https" -m tcp -j DNAT --to-destination 10.244.0.6:8443
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-SVC-SITE ! -s 10.244.0.0/16 -d 10.96.7.7/32 -p tcp -m comment --comment "default/site:https cluster IP" -m tcp --dport 443 -j KUBE-MARK-MASQ
-A KUBE-SVC-SITE -m comment --comment "default/site:https -> 10.244.0.5:8443" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-FIVE
-A KUBE-SVC-SITE -m comment --comment "default/site:https -> 10.244.0.6:8443" -j KUBE-SEP-SIX
COMMIT
*filter
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-SERVICES - [0:0]
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
RULES
}

# service CHAIN RULE...: leads what asks for the host's address at 443 into a chain.
service() {
    iptables -t nat -I KUBE-SERVICES -d 203.0.113.10/32 -p tcp -m comment --comment \
        "default/site:https loadbalancer IP" -m tcp --dport 443 -j "$1"
}
