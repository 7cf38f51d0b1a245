# Every TCP port is open, and yet nobody gets through by IPv6: the neighbours cannot be found.
#
# kernel: cloudflare4 all accepted
# kernel: others4 all accepted
# kernel: all all dropped
# by: cloudflare6 all neighbours: inet filter input policy

nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        tcp dport { 22, 80, 443 } accept
    }
}
END
