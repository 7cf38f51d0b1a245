# A redirect to where a connection goes already is bound, but nothing is translated: `ct status dnat` does not hold.
# No later chain translates it any more.
#
# kernel: all 80 accepted
# kernel: all 443 dropped
# by: cloudflare 443 inet filter input

nft -f - <<END
table inet nat {
    chain first {
        type nat hook prerouting priority -110; policy accept;
        tcp dport 80 redirect to :80
    }
    chain second {
        type nat hook prerouting priority -90; policy accept;
        tcp dport 80 redirect to :9999
        tcp dport 443 redirect to :8443
    }
}
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ct status dnat drop
    }
}
END
