# Port 443 is led to 8443, and what comes in there is let in from one network only.
#
# owner: nftables
# says: ct original proto-dst

nft -f - <<END
table inet nat {
    chain pre { type nat hook prerouting priority -100; tcp dport 443 redirect to :8443; }
}
table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        meta l4proto { icmp, ipv6-icmp } accept
        tcp dport 22 accept
        tcp dport 80 accept
        ip saddr 198.51.100.0/24 tcp dport 8443 accept
    }
}
END
