# A host that lets everybody in and refuses a set of bad addresses on every port; a range of Cloudflare's is
# in it. To take it out would open the other ports to it too.
#
# owner: nftables
# says: insert rule inet filter input handle

nft -f - <<END
table inet filter {
    set bad { type ipv4_addr; flags interval; elements = { 198.51.100.0/24, 172.64.0.0/13 } }
    chain input {
        type filter hook input priority 0; policy accept;
        ip saddr @bad counter drop
    }
}
END
