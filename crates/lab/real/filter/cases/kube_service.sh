# A service with two pods: which of them a connection gets is left to chance, and both answer. FORWARD drops by
# itself; what is marked passes.
#
# kernel: 10.244.0.0/24 80,443,22 dropped
# kernel: all 80,443,22 accepted
. "$LAB/kubernetes.sh"
kube_proxy
service KUBE-EXT-SITE
iptables -P FORWARD DROP
