# `ip saddr != ...` does not hold for IPv6: there is no such address in its packets.
#
# kernel: cloudflare4 80,443 accepted
# kernel: others4 80,443 dropped
# kernel: all all accepted
# by: others4 80,443 inet filter input

. "$LAB/helpers.sh"
nft -f - <<END
table inet filter {
    set cf4 { type ipv4_addr; flags interval; elements = { $(cloudflare4 | paste -sd,) } }
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport { 80, 443 } ip saddr != @cf4 drop
        udp dport != 53 drop
        ip protocol != { tcp, icmp } drop
    }
}
END
