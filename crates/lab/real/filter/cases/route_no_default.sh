# IPv6 has no default route, only one to another network.
#
# kernel: cloudflare6 all dropped
# kernel: others6 all dropped
# kernel: all all accepted

ip -6 route del default
