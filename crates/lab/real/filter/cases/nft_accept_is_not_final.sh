# One chain accepts Cloudflare; the next one at the same hook asks again, and drops.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all inet second input

nft -f - <<END
table inet first {
    chain input {
        type filter hook input priority -10; policy accept;
        ip saddr 172.64.0.0/13 accept
    }
}
table inet second {
    chain input {
        type filter hook input priority 0; policy accept;
        ip saddr 172.64.0.0/13 drop
    }
}
END
