# What goes to another chain with `goto` and finds nothing there ends in the policy, not in the next rule.
#
# kernel: 104.16.0.0/13 all dropped
# kernel: 172.64.0.0/13 80 accepted
# kernel: 172.64.0.0/13 22,443 dropped
# kernel: all all accepted
# by: 104.16.0.0/13 all ip filter input policy

nft -f - <<END
table ip filter {
    chain nothing {
        ip saddr 10.0.0.0/8 accept
    }
    chain outer {
        goto inner
        drop
    }
    chain inner {
        tcp dport 80 return
    }
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established accept
        ip saddr 104.16.0.0/13 goto nothing
        ip saddr 172.64.0.0/13 tcp dport { 22, 443 } goto inner
        jump outer
        accept
    }
}
END
