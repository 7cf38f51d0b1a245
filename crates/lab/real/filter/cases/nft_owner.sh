# A rule that asks whose program sends the answer.
#
# kernel: all all accepted
# unknown allowed: nobody can tell from outside whose program answers

nft -f - <<END
table inet filter {
    chain output {
        type filter hook output priority filter; policy accept;
        ip daddr 172.64.0.0/13 meta skuid 5000 drop
    }
}
END
