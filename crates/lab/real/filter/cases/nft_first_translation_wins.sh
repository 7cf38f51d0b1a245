# Of two chains that translate, what the first one leads away is never shown to the second.
#
# kernel: 104.16.0.0/13 443 reset
# kernel: all all accepted

nft -f - <<END
table ip one {
    chain pre {
        type nat hook prerouting priority -110; policy accept;
        ip saddr 172.64.0.0/13 tcp dport 443 redirect to :8443
    }
}
table ip two {
    chain pre {
        type nat hook prerouting priority -90; policy accept;
        ip saddr { 104.16.0.0/13, 172.64.0.0/13 } tcp dport 443 redirect to :9999
    }
}
END
