# The set of Cloudflare's ranges is an old one: three are missing.
#
# owner: nftables
# says: add element inet filter cf4 { 104.24.0.0/14, 131.0.72.0/22 }
# says: add element inet filter cf6 { 2c0f:f248::/32 }

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    set cf4 { type ipv4_addr; flags interval; elements = { $(cloudflare4 | grep -v -e 131.0.72 -e 104.24 | paste -sd,) } }
    set cf6 { type ipv6_addr; flags interval; elements = { $(cloudflare6 | grep -v 2c0f | paste -sd,) } }
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        meta l4proto { icmp, ipv6-icmp } accept
        tcp dport 22 accept
        tcp dport { 80, 443 } ip saddr @cf4 accept
        tcp dport { 80, 443 } ip6 saddr @cf6 accept
    }
}
END
