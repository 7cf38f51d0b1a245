# What came in by mistake was taken out of DENYIN by hand, and forgotten in DENYOUT: connections arrive, and the
# answers are dropped.
#
# kernel: 198.41.128.0/17 80,443,22 dropped
# kernel: all 80,443,22 accepted
# by: 198.41.128.0/17 443 LOGDROPOUT
. "$LAB/csf.sh"
csf_with 22,80,443
csf_denies 198.41.128.0/17
iptables -D DENYIN 1
