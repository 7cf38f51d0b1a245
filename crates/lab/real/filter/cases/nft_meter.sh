# Each address may open so many connections a second.
#
# kernel: all all accepted

nft -f - <<END
table ip filter {
    set seen { type ipv4_addr; flags dynamic, timeout; timeout 1m; size 65535; }
    set open { type ipv4_addr; flags dynamic; size 65535; }
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport 443 ct state new add @seen { ip saddr limit rate over 100/second burst 200 packets } drop
        tcp dport 80 ct state new add @open { ip saddr ct count over 500 } drop
    }
}
END
