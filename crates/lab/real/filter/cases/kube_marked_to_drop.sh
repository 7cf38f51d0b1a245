# The same as versions before 1.26 did it: a mark set on the way in, and dropped for when it comes to the host.
#
# kernel: 10.244.0.0/24 80,443,22 dropped
# kernel: 172.64.0.0/13 443 accepted
# kernel: others4 443 dropped
# kernel: cloudflare4 443 dropped
# kernel: all 80,443,22 accepted
# by: 104.16.0.0/13 443 KUBE-FIREWALL
. "$LAB/kubernetes.sh"
kube_proxy
iptables -t nat -N KUBE-FW-SITE
iptables -t nat -A KUBE-FW-SITE -s 172.64.0.0/13 -j KUBE-EXT-SITE
iptables -t nat -A KUBE-FW-SITE -j KUBE-MARK-DROP
service KUBE-FW-SITE
