# CrowdSec's bouncer keeps a table of its own for each family, and decides before everybody else. A decision about a
# range is stored as its first address alone.
#
# kernel: 172.64.0.0 80,443,22 dropped
# kernel: 104.28.7.7 80,443,22 dropped
# kernel: 2606:4700:10::5 80,443,22 dropped
# kernel: 198.51.100.9 80,443,22 dropped
# kernel: all 80,443,22 accepted
# by: 172.64.0.0 443 ip crowdsec crowdsec-chain
# by: 2606:4700:10::5 443 ip6 crowdsec6 crowdsec6-chain
nft -f - << 'RULES'
table ip crowdsec {
    set crowdsec-blacklists {
        type ipv4_addr
        flags timeout
        elements = { 172.64.0.0 timeout 4h, 104.28.7.7 timeout 4h, 198.51.100.9 timeout 4h }
    }
    chain crowdsec-chain {
        type filter hook input priority filter - 10; policy accept;
        ip saddr @crowdsec-blacklists drop
    }
}
table ip6 crowdsec6 {
    set crowdsec6-blacklists {
        type ipv6_addr
        flags timeout
        elements = { 2606:4700:10::5 timeout 4h }
    }
    chain crowdsec6-chain {
        type filter hook input priority filter - 10; policy accept;
        ip6 saddr @crowdsec6-blacklists drop
    }
}
RULES
