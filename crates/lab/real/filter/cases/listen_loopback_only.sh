# The program listens for the host itself alone; and what is dropped is dropped all the same.
#
# listen: 127.0.0.1:443 [::1]:443 *:80 0.0.0.0:22
# kernel: 172.64.0.0/13 all dropped
# kernel: all 443 reset
# kernel: cloudflare6 22 reset
# kernel: others6 22 reset
# kernel: all all accepted

nft add table ip t
nft add chain ip t input '{ type filter hook input priority 0; }'
nft add rule ip t input ip saddr 172.64.0.0/13 drop
