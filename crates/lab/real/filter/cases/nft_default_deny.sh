# A host that accepts Cloudflare's ranges on the ports of the web, anybody on 22, and nothing else: right as it is.
#
# kernel: cloudflare 80,443 accepted
# kernel: all 80,443 dropped
# kernel: all 22 accepted
# by: others 80,443 inet filter input policy

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    set cf4 { type ipv4_addr; flags interval; elements = { $(cloudflare4 | paste -sd,) } }
    set cf6 { type ipv6_addr; flags interval; elements = { $(cloudflare6 | paste -sd,) } }
    chain input {
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        ct state invalid drop
        meta l4proto { icmp, ipv6-icmp } accept
        tcp dport 22 accept
        ip saddr @cf4 tcp dport { 80, 443 } accept
        ip6 saddr @cf6 tcp dport { 80, 443 } accept
    }
}
END
