# A map gives each range its mark, and a second one each mark its verdict.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.0.0/13 all reset
# kernel: 162.158.0.0/15 all accepted
# kernel: all all accepted
# by: 104.16.0.0/13 all ip marks refuse

nft -f - <<END
table ip marks {
    map classes {
        type ipv4_addr : mark; flags interval
        elements = { 172.64.0.0/13 : 0x1, 104.16.0.0/13 : 0x2, 162.158.0.0/15 : 0x3 }
    }
    chain refuse {
        meta l4proto tcp reject with tcp reset
    }
    chain pre {
        type filter hook prerouting priority mangle; policy accept;
        meta mark set ip saddr map @classes
    }
    chain input {
        type filter hook input priority filter; policy accept;
        meta mark vmap { 0x1 : drop, 0x2 : jump refuse, 0x3 : accept }
    }
}
END
