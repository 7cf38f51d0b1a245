# Rules at the hook for what is passed on do not matter for what is for this host.
#
# kernel: all all accepted

nft -f - <<END
table inet filter {
    chain forward {
        type filter hook forward priority filter; policy drop;
        ip saddr 172.64.0.0/13 drop
    }
    chain unused {
        ip saddr 172.64.0.0/13 drop
    }
}
END
