# Everybody but Cloudflare is dropped, in both families: right as it is.
#
# kernel: cloudflare all accepted
# kernel: others 80,443 dropped
# kernel: all 22 accepted

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    set cf4 { type ipv4_addr; flags interval; elements = { $(cloudflare4 | paste -sd,) } }
    set cf6 { type ipv6_addr; flags interval; elements = { $(cloudflare6 | paste -sd,) } }
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr != @cf4 tcp dport { 80, 443 } drop
        ip6 saddr != @cf6 tcp dport { 80, 443 } drop
    }
}
END
