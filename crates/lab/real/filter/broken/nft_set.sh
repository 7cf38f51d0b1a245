# A host that lets Cloudflare in by a set, and refuses a set of bad addresses before it, which took in some of
# Cloudflare's.
#
# owner: nftables
# says: delete element inet filter bad { 172.64.0.0/13 }

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    set cf4 { type ipv4_addr; flags interval; elements = { $(cloudflare4 | paste -sd,) } }
    set cf6 { type ipv6_addr; flags interval; elements = { $(cloudflare6 | paste -sd,) } }
    set bad { type ipv4_addr; flags interval; elements = { 198.51.100.0/24, 172.64.0.0/13 } }
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        meta l4proto { icmp, ipv6-icmp } accept
        ip saddr @bad drop
        tcp dport 22 ip saddr 198.51.100.0/24 accept
        tcp dport { 80, 443 } ip saddr @cf4 accept
        tcp dport { 80, 443 } ip6 saddr @cf6 accept
    }
}
END
