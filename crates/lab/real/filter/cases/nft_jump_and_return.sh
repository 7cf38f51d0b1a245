# Chains within chains: what returns goes on behind the jump.
#
# kernel: 104.16.0.0/13 443 dropped
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all inet filter third
# by: 104.16.0.0/13 443 inet filter web

nft -f - <<END
table inet filter {
    chain third {
        ip saddr != 172.64.0.0/13 return
        ip6 version 6 return
        drop
    }
    chain second {
        jump third
        return
    }
    chain web {
        ip saddr 104.16.0.0-104.23.255.255 counter drop
    }
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr 172.64.0.0/13 jump second
        tcp dport 443 jump web
    }
}
END
