# All connections together may be so many, and what is beyond is dropped; where a range is accepted before, it is not counted.
#
# kernel: all all accepted

nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        meta l4proto ipv6-icmp accept
        ct state established accept
        ip saddr 172.64.0.0/13 accept
        limit rate 100000/second burst 100000 packets accept
    }
}
END
