# A load balancer's service with `loadBalancerSourceRanges`, where one range of Cloudflare's is missing: what no rule
# leads to a pod stays with the host, and is dropped there.
#
# kernel: 10.244.0.0/24 80,443,22 dropped
# kernel: 104.16.0.0/13 443 dropped
# kernel: cloudflare4 443 accepted
# kernel: others4 443 dropped
# kernel: all 80,443,22 accepted
# by: 104.16.0.0/13 443 KUBE-PROXY-FIREWALL
. "$LAB/kubernetes.sh"
kube_proxy
iptables -t nat -N KUBE-FW-SITE
for range in $(cloudflare4 | grep -v 104.16); do
    iptables -t nat -A KUBE-FW-SITE -s "$range" -m comment --comment "default/site:https loadbalancer IP" -j KUBE-EXT-SITE
done
iptables -t nat -A KUBE-FW-SITE -m comment --comment \
    "other traffic to default/site:https will be dropped by KUBE-PROXY-FIREWALL"
iptables -A KUBE-PROXY-FIREWALL -d 203.0.113.10/32 -p tcp -m comment --comment \
    "default/site:https traffic not accepted by KUBE-FW-SITE" -m tcp --dport 443 -j DROP
service KUBE-FW-SITE
