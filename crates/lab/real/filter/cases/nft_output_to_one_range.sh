# A list of bad addresses is looked up for what leaves, too.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 2400:cb00::/32 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all inet filter output
# by: 2400:cb00::/32 all inet filter post

nft -f - <<END
table inet filter {
    chain output {
        type filter hook output priority filter; policy accept;
        ip daddr 172.64.0.0/13 ct state established,related drop
        ip saddr 104.16.0.0/13 drop
    }
    chain post {
        type filter hook postrouting priority srcnat; policy accept;
        ip6 daddr 2400:cb00::/32 tcp sport { 22, 80, 443 } drop
    }
}
END
