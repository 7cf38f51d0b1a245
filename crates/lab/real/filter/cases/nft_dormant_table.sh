# A table with a lockdown that is switched off.
#
# kernel: all all accepted

nft -f - <<END
table inet off {
    flags dormant
    chain input {
        type filter hook input priority filter; policy drop;
        ip saddr 172.64.0.0/13 drop
    }
}
END
