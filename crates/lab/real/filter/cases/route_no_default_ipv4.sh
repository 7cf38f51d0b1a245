# IPv4 has no default route.
#
# kernel: cloudflare4 all dropped
# kernel: others4 all dropped
# kernel: all all accepted

ip route del default
