# Dropped at the device, before anything else sees it.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 2606:4700::/32 443 dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all netdev early ingress

nft -f - <<END
table netdev early {
    chain ingress {
        type filter hook ingress device "eth0" priority -500; policy accept;
        ip saddr 172.64.0.0/13 drop
        ip6 saddr 2606:4700::/32 tcp dport 443 drop
    }
}
END
