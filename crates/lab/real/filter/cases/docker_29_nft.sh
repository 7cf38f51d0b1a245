# Docker 29 with its tables of nft: verdict maps by interface. A chain of somebody else's at the same hook may drop,
# and its accept does not count for Docker's.
#
# kernel: 172.17.0.0/16 80,443,22 dropped
# kernel: 162.158.0.0/15 443 dropped
# kernel: all 80,443,22 accepted
# by: 162.158.0.0/15 443 inet own forward
. "$LAB/docker.sh"
docker0_with 0.0.0.0:8443
nft -f - << 'RULES'
table ip docker-bridges {
    map filter-forward-in-jumps {
        type ifname : verdict
        elements = { "docker0" : jump filter-forward-in__docker0 }
    }
    map filter-forward-out-jumps {
        type ifname : verdict
        elements = { "docker0" : jump filter-forward-out__docker0 }
    }
    map nat-postrouting-in-jumps {
        type ifname : verdict
        elements = { "docker0" : jump nat-postrouting-in__docker0 }
    }
    map nat-postrouting-out-jumps {
        type ifname : verdict
        elements = { "docker0" : jump nat-postrouting-out__docker0 }
    }
    chain filter-FORWARD {
        type filter hook forward priority filter; policy accept;
        oifname vmap @filter-forward-in-jumps
        iifname vmap @filter-forward-out-jumps
    }
    chain nat-OUTPUT {
        type nat hook output priority -100; policy accept;
        ip daddr != 127.0.0.0/8 fib daddr type local counter jump nat-prerouting-and-output
    }
    chain nat-POSTROUTING {
        type nat hook postrouting priority srcnat; policy accept;
        iifname vmap @nat-postrouting-out-jumps
        oifname vmap @nat-postrouting-in-jumps
    }
    chain nat-PREROUTING {
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local counter jump nat-prerouting-and-output
    }
    chain nat-prerouting-and-output {
        iifname != "docker0" tcp dport 443 counter dnat to 172.17.0.2:8443 comment "DNAT"
    }
    chain raw-PREROUTING {
        type filter hook prerouting priority raw; policy accept;
        ip daddr 172.17.0.2 iifname != "docker0" counter drop comment "DROP DIRECT ACCESS"
    }
    chain filter-forward-in__docker0 {
        ct state established,related counter accept
        iifname "docker0" counter accept comment "ICC"
        ip daddr 172.17.0.2 tcp dport 8443 counter accept
        counter drop comment "UNPUBLISHED PORT DROP"
    }
    chain filter-forward-out__docker0 {
        ct state established,related counter accept
        counter accept comment "OUTGOING"
    }
    chain nat-postrouting-in__docker0 {
    }
    chain nat-postrouting-out__docker0 {
        oifname != "docker0" ip saddr 172.17.0.0/16 counter masquerade comment "MASQUERADE"
    }
}
table inet own {
    chain forward {
        type filter hook forward priority filter + 5; policy drop;
        ct state established,related accept
        ip saddr 162.158.0.0/15 drop
        iifname "eth0" accept
        iifname "docker0" accept
    }
}
RULES
