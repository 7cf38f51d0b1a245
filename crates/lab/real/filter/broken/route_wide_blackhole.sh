# A route leads nowhere what is not Cloudflare's alone.
#
# says: ip -4 route add 172.64.0.0/13 via
# besides: 22, 8080

ip route add blackhole 172.64.0.0/10
