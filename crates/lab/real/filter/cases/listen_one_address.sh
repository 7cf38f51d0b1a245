# The program listens on the public address alone, and a rule leads the port to the loopback's.
#
# listen: 203.0.113.10:443 [2001:db8:10::10]:443 203.0.113.10:80 127.0.0.1:8080
# ports: 80,443
# kernel: cloudflare6 80 reset
# kernel: others6 80 reset
# kernel: all all accepted

true
