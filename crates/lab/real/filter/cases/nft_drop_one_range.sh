# A list of bad addresses, looked up before everything else, took in one of Cloudflare's ranges.
#
# kernel: 172.64.0.0/13 80,443 dropped
# kernel: all all accepted
# by: 172.64.0.0/13 80,443 ip bl pre handle

nft -f - <<END
table ip bl {
    set bad { type ipv4_addr; flags interval; elements = { 172.64.0.0/13 } }
    chain pre {
        type filter hook prerouting priority -300; policy accept;
        tcp dport { 80, 443 } ip saddr @bad counter drop
    }
}
END
