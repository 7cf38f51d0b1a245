# Two ports that must differ are compared at once by nft 1.0.6: it is enough that one does. The listing tells otherwise.
#
# kernel: all all accepted

nft -f - <<'END'
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        meta l4proto { icmp, ipv6-icmp } accept
        tcp sport != 443 tcp dport != 443 accept
        tcp sport != 80 th dport != 80 accept
        tcp dport 22 accept
    }
}
END
