# Rules against packets that no honest program sends: right as they are.
#
# kernel: all all accepted

nft -f - <<END
table inet filter {
    chain pre {
        type filter hook prerouting priority mangle; policy accept;
        tcp flags & (fin|syn) == (fin|syn) drop
        tcp flags & (syn|rst) == (syn|rst) drop
        tcp flags & (fin|syn|rst|psh|ack|urg) == 0x0 drop
        tcp flags & (fin|syn|rst|psh|ack|urg) == (fin|psh|urg) drop
        tcp flags & (fin|syn|rst|ack) != syn ct state new drop
        ct state invalid drop
        ip frag-off & 0x1fff != 0 drop
        fib saddr type { broadcast, multicast, local } drop
        tcp sport 0 drop
        ip saddr { 127.0.0.0/8, 0.0.0.0/8, 224.0.0.0/3 } iifname != "lo" drop
    }
}
END
