# The first packet of a connection is let in and answered; what follows is not.
#
# kernel: all 80,443 dropped
# kernel: all 22 accepted
# by: cloudflare 80,443 inet filter input policy

nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        meta l4proto ipv6-icmp accept
        tcp dport 22 accept
        tcp dport { 80, 443 } ct state new accept
    }
}
END
