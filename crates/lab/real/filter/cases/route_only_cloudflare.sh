# No default route, but one to each of Cloudflare's ranges.
#
# kernel: cloudflare4 all accepted
# kernel: others4 all dropped
# kernel: all all accepted

. "$LAB/helpers.sh"
ip route del default
for range in $(cloudflare4); do ip route add $range via 203.0.113.1; done
