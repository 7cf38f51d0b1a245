# `meta protocol ip` before an IPv6 address holds for no packet, and nft 1.0.6 lists the rule without it.
#
# kernel: all all accepted

nft -f - <<END
table ip6 filter {
    chain input {
        type filter hook input priority filter; policy accept;
        meta protocol ip ip6 saddr != 2001:db8:77::/48 drop
        meta protocol ip tcp dport 443 drop
    }
}
END
