# What is not tracked is neither new nor established: rules that ask for these do not let it in.
#
# kernel: all 443 dropped
# kernel: all all accepted
# by: cloudflare 443 inet filter input policy

nft -f - <<END
table inet filter {
    chain pre {
        type filter hook prerouting priority raw; policy accept;
        tcp dport 443 notrack
    }
    chain input {
        type filter hook input priority filter; policy drop;
        meta l4proto ipv6-icmp accept
        ct state established,related accept
        tcp dport { 22, 80, 443 } ct state new accept
    }
}
END
