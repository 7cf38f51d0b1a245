# A rule that holds at some times.
#
# kernel: all all accepted
# unknown allowed: nobody asks for the time

nft -f - <<END
table ip filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr 172.64.0.0/13 meta time >= "2090-01-01 00:00:00" drop
    }
}
END
