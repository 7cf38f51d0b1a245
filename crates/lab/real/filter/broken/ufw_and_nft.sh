# ufw lets in SSH only, and a table that somebody left behind drops a range besides.
#
# owner: ufw
# owner: nftables
# needs: ufw

. "$LAB/managers.sh"
fresh_ufw
nft -f - <<END
table inet leftover {
    chain input {
        type filter hook input priority -10; policy accept;
        ip saddr 172.64.0.0/13 drop
    }
}
END
ufw --force enable
