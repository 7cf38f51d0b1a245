# A drop of one range of each family stands before the rule that lets Cloudflare in.
#
# owner: nftables
# says: ip saddr 172.64.0.0/13 tcp dport { 80, 443 }
# says: ip6 saddr 2606:4700::/32 tcp dport { 80, 443 }

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        ct state vmap { established : accept, related : accept, invalid : drop }
        meta l4proto { icmp, ipv6-icmp } accept
        tcp dport 22 accept
        ip saddr 172.64.0.0/13 drop
        ip6 saddr 2606:4700::/32 reject
        ip saddr { $(cloudflare4 | paste -sd,) } tcp dport { 80, 443 } accept
        ip6 saddr { $(cloudflare6 | paste -sd,) } tcp dport { 80, 443 } accept
    }
}
END
