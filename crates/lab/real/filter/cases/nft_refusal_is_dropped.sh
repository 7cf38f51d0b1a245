# The refusal itself may not leave: outside there is nothing to be heard.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.0.0/13 all dropped
# kernel: 162.158.0.0/15 all reset
# kernel: all all accepted

nft -f - <<END
table ip filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr 172.64.0.0/13 reject
        ip saddr { 104.16.0.0/13, 162.158.0.0/15 } reject with tcp reset
    }
    chain output {
        type filter hook output priority filter; policy accept;
        icmp type destination-unreachable drop
        ip daddr 104.16.0.0/13 tcp flags & rst == rst drop
    }
}
END
