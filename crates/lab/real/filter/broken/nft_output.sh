# The answers to one range are dropped on their way out.
#
# owner: nftables
# says: ip daddr 172.64.0.0/13 tcp sport { 80, 443 } ct state established

nft -f - <<END
table inet filter {
    chain output {
        type filter hook output priority 0; policy accept;
        ip daddr 172.64.0.0/13 drop
    }
}
END
