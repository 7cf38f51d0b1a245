# Answers are marked as they leave, and a routing rule sends marked ones nowhere.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted

ip rule add fwmark 0x9 priority 102 blackhole
nft -f - <<END
table ip marks {
    chain out {
        type route hook output priority mangle; policy accept;
        ip daddr 172.64.0.0/13 meta mark set 0x9
    }
    chain later {
        type filter hook output priority filter; policy accept;
        ip daddr 104.16.0.0/13 meta mark set 0x9
    }
}
END
