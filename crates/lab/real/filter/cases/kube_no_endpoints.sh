# A service without a pod: 443 is refused aloud, and 80, whose pods are all on other nodes, is dropped.
#
# kernel: 10.244.0.0/24 80,443,22 dropped
# kernel: cloudflare4 443 port-unreachable
# kernel: others4 443 port-unreachable
# kernel: cloudflare4 80 dropped
# kernel: others4 80 dropped
# kernel: all 80,443,22 accepted
# by: cloudflare4 443 KUBE-EXTERNAL-SERVICES
# by: cloudflare4 80 KUBE-EXTERNAL-SERVICES
. "$LAB/kubernetes.sh"
kube_proxy
iptables -A KUBE-EXTERNAL-SERVICES -d 203.0.113.10/32 -p tcp -m comment --comment \
    "default/site:https has no endpoints" -m tcp --dport 443 -j REJECT --reject-with icmp-port-unreachable
iptables -A KUBE-EXTERNAL-SERVICES -d 203.0.113.10/32 -p tcp -m comment --comment \
    "default/site:http has no local endpoints" -m tcp --dport 80 -j DROP
