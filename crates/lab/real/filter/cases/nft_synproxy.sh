# The kernel itself answers on behalf of the program, and asks it once the visitor has proved to be there.
#
# kernel: all all accepted

sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
nft -f - <<END
table inet guard {
    chain pre {
        type filter hook prerouting priority raw; policy accept;
        tcp dport { 80, 443 } tcp flags syn notrack
    }
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport { 80, 443 } ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
        ct state invalid drop
    }
}
END
