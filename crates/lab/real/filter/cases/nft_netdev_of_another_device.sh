# A chain at a device by which no visitor comes.
#
# kernel: all all accepted

. "$LAB/helpers.sh"
second eth1
nft -f - <<END
table netdev early {
    chain ingress {
        type filter hook ingress device "eth1" priority -500; policy drop;
    }
}
END
