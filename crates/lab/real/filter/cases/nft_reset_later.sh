# A connection is let in, and reset at its first data.
#
# kernel: 172.64.0.0/13 all reset
# kernel: all all accepted

nft -f - <<END
table ip filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ct state established ip saddr 172.64.0.0/13 reject with tcp reset
    }
}
END
