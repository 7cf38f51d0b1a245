# A rule asks for bits in the middle of an address.
#
# kernel: 104.16.7.1 all dropped
# kernel: 104.16.8.1 all accepted
# unknown allowed: addresses that a mask with gaps asks for are no ranges

nft -f - <<END
table ip filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr and 255.255.255.0 == 104.16.7.0 drop
        ip saddr and 0.0.0.255 == 0.0.0.77 drop
    }
}
END
