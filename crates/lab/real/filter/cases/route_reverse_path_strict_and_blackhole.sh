# The check of sources and a range without a way: dropped as it comes in.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted

ip route add blackhole 172.64.0.0/13
sysctl -qw net.ipv4.conf.eth0.rp_filter=1
