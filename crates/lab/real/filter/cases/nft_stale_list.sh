# The list of ranges that the host accepts is years old: some are not in it, and one is wider than it is today.
#
# kernel: 2c0f:f248::/32 80,443 dropped
# kernel: 131.0.72.0/22 80,443 dropped
# kernel: cloudflare 80,443 accepted
# kernel: 104.16.0.0/12 80,443 accepted
# kernel: others 80,443 dropped
# kernel: all 22 accepted
# by: 2c0f:f248::/32 80,443 inet filter input policy

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    set cf4 { type ipv4_addr; flags interval; auto-merge; elements = { $(cloudflare4 | grep -v 131.0.72 | paste -sd,), 104.16.0.0/12 } }
    set cf6 { type ipv6_addr; flags interval; elements = { $(cloudflare6 | grep -v 2c0f | paste -sd,) } }
    chain input {
        type filter hook input priority filter; policy drop;
        ct state vmap { established : accept, related : accept, invalid : drop }
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
        tcp dport 22 accept
        ip saddr @cf4 tcp dport { 80, 443 } accept
        ip6 saddr @cf6 tcp dport { 80, 443 } accept
    }
}
END
