# The program listens on IPv4 alone.
#
# listen: 0.0.0.0:80 0.0.0.0:443 0.0.0.0:22 [::]:22
# kernel: cloudflare6 80,443 reset
# kernel: others6 80,443 reset
# kernel: all all accepted

true
