# The same hook in a table for both families.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all inet early ingress

nft -f - <<END
table inet early {
    chain ingress {
        type filter hook ingress device "eth0" priority 0; policy accept;
        ip saddr 172.64.0.0/13 drop
    }
}
END
