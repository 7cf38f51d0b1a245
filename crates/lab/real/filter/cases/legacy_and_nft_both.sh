# Two tools, each with rules of its own: what one of them accepts, the other drops.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.0.0/13 all dropped
# kernel: 162.158.0.0/15 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all legacy ip filter INPUT
# by: 104.16.0.0/13 all inet filter input
# by: 162.158.0.0/15 all ip filter INPUT

nft -f - <<END
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ip saddr 172.64.0.0/13 accept
        ip saddr 104.16.0.0/13 drop
    }
}
END
iptables-legacy -w -A INPUT -s 172.64.0.0/13 -j DROP
iptables-legacy -w -A INPUT -s 104.16.0.0/13 -j ACCEPT
iptables-nft -A INPUT -s 162.158.0.0/15 -j DROP
