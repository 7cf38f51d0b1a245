# ufw lets everybody in at both ports; a table that was loaded once for a try still drops a prefix and all of one
# port over IPv6.
#
# kernel: 104.16.0.0/13 80,443,22 dropped
# kernel: cloudflare6 443 dropped
# kernel: others6 443 dropped
# kernel: all 80,443,22 accepted
# by: 104.16.0.0/13 443 inet old in
# by: cloudflare6 443 inet old in
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw allow 80,443/tcp
ufw --force enable
nft -f - << 'RULES'
table inet old {
    chain in {
        type filter hook input priority 0; policy accept;
        ip saddr 104.16.0.0/12 ip saddr != 104.24.0.0/13 drop
        meta nfproto ipv6 tcp dport 443 drop
    }
}
RULES
