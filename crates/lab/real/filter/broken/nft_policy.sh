# A host that lets in SSH only.
#
# owner: nftables
# says: add rule inet filter input ip saddr {

nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        ct state invalid drop
        iif lo accept
        meta l4proto { icmp, ipv6-icmp } accept
        tcp dport 22 accept
    }
    chain output { type filter hook output priority 0; }
}
END
