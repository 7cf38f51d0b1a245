# The rules speak of IPv4 alone, in a table for both families.
#
# kernel: cloudflare4 80,443 accepted
# kernel: cloudflare6 80,443 dropped
# kernel: others 80,443 dropped
# kernel: all 22 accepted
# by: cloudflare6 80,443 inet filter input policy

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        meta l4proto ipv6-icmp accept
        tcp dport 22 accept
        ip saddr { $(cloudflare4 | paste -sd,) } tcp dport { 80, 443 } accept
    }
}
END
