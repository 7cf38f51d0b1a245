# Connections have no state yet where the raw chains are: all that comes is `invalid` there.
#
# kernel: 104.16.0.0/13 all dropped
# kernel: all all accepted
# by: 104.16.0.0/13 all inet early pre

nft -f - <<END
table inet early {
    chain pre {
        type filter hook prerouting priority raw; policy accept;
        ip saddr 172.64.0.0/13 ct state new drop
        ip saddr 162.158.0.0/15 ct state established drop
        ip saddr 104.16.0.0/13 ct state invalid drop
    }
    chain later {
        type filter hook prerouting priority mangle; policy accept;
        ct state invalid drop
    }
}
END
