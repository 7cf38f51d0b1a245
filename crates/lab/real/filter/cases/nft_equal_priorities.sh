# Of chains with the same priority the one made last is asked first.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 162.158.0.0/15 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all ip younger input
# by: 162.158.0.0/15 all ip older input

nft -f - <<END
table ip older {
    chain input {
        type filter hook input priority 0; policy accept;
        ip saddr 172.64.0.0/13 drop
        meta mark 0x7 drop
    }
}
table ip younger {
    chain input {
        type filter hook input priority 0; policy accept;
        ip saddr 172.64.0.0/13 drop
        ip saddr 162.158.0.0/15 meta mark set 0x7
        meta mark 0x8 drop
    }
}
table ip oldest_that_is_later {
    chain input {
        type filter hook input priority 1; policy accept;
        ip saddr 104.16.0.0/13 meta mark set 0x8
    }
}
END
