# A list of bad addresses is looked up before everything else, in a table of its own.
#
# owner: nftables

nft -f - <<END
table ip bl {
    set bad { type ipv4_addr; flags interval; elements = { 172.64.0.0/13, 198.51.100.0/24 } }
    chain pre {
        type filter hook prerouting priority -300; policy accept;
        tcp dport { 80, 443 } ip saddr @bad counter drop
    }
}
END
