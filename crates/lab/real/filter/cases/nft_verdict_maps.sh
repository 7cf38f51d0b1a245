# Verdicts looked up: by state, by interface, by port, by address, by port and address.
#
# kernel: 172.64.0.0/13 80,443 dropped
# kernel: 104.16.0.0/13 443 dropped
# kernel: 2606:4700::/32 80,443 dropped
# kernel: cloudflare 80,443 accepted
# kernel: all 22 dropped
# kernel: others 80,443 accepted
# by: 172.64.0.0/13 80,443 inet filter web

nft -f - <<END
table inet filter {
    map who { type ipv4_addr : verdict; flags interval; elements = { 172.64.0.0/13 : drop, 104.24.0.0/14 : accept } }
    map both { type ipv4_addr . inet_service : verdict; flags interval; elements = { 104.16.0.0/13 . 443 : drop, 104.16.0.0/13 . 0-442 : accept } }
    chain outside {
        tcp dport vmap { 80 : goto web, 443 : goto web, 1-21 : drop }
    }
    chain web {
        ip saddr vmap @who
        ip saddr . tcp dport vmap @both
        ip6 saddr vmap { 2606:4700::/32 : drop, 2400::/12 : accept }
        accept
    }
    chain input {
        type filter hook input priority filter; policy drop;
        ct state vmap { established : accept, related : accept, invalid : drop }
        meta l4proto ipv6-icmp accept
        iifname vmap { "lo" : accept, "eth0" : jump outside, "eth1" : accept }
    }
}
END
