# A rule about the kind of device by which a packet came.
#
# kernel: all all accepted
# unknown allowed: what kind of device an interface is to nft is not asked for

nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        meta iiftype != { ether, loopback } drop
    }
}
END
