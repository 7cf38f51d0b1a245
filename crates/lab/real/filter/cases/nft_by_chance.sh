# Chance leads one way or the other, and both accept.
#
# kernel: all all accepted

nft -f - <<END
table ip filter {
    chain left { accept; }
    chain right { tcp dport 1-65535 accept; }
    chain input {
        type filter hook input priority filter; policy accept;
        numgen random mod 2 vmap { 0 : goto left, 1 : goto right }
    }
}
END
