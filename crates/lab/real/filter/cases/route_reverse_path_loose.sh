# The loose check asks only for some way back.
#
# kernel: 104.16.0.0/13 all dropped
# kernel: all all accepted

ip route add unreachable 104.16.0.0/13
sysctl -qw net.ipv4.conf.all.rp_filter=2
