# A set of bans that run out, single addresses and whole ranges.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.5.7 all dropped
# kernel: 2606:4700::6810:1 all dropped
# kernel: 10.0.0.0/30 all dropped
# kernel: 10.0.0.4 all dropped
# kernel: all all accepted

nft -f - <<END
table inet bans {
    set four { type ipv4_addr; flags interval, timeout; timeout 1h; elements = { 172.64.0.0/13 timeout 2h, 104.16.5.7, 10.0.0.0-10.0.0.4 timeout 1d } }
    set six { type ipv6_addr; flags timeout; elements = { 2606:4700::6810:1 timeout 1h } }
    chain input {
        type filter hook input priority -1; policy accept;
        ip saddr @four drop
        ip6 saddr @six drop
    }
}
END
