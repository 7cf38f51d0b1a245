# ICMPv6 was forgotten: nobody finds this host over IPv6, whatever the rules for TCP say.
#
# owner: nftables
# says: icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } counter accept
# besides: 22

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        tcp dport 22 accept
        ip saddr { $(cloudflare4 | paste -sd,) } tcp dport { 80, 443 } accept
        ip6 saddr { $(cloudflare6 | paste -sd,) } tcp dport { 80, 443 } accept
    }
}
END
