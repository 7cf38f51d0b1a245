# A rule for an IPv4 address that must be IPv6 holds for nothing; nft leaves the second family out of its listing.
#
# kernel: all all accepted

nft -f - <<'END'
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr 172.64.0.0/13 meta nfproto ipv6 reject with tcp reset
        ip6 saddr 2400:cb00::/32 meta nfproto ipv4 drop
    }
}
END
