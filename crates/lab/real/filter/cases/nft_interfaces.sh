# Rules about interfaces: by name, by the beginning of a name, by number, all but one.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: 104.16.0.0/13 all dropped
# kernel: 162.158.0.0/15 all dropped
# kernel: all all accepted

. "$LAB/helpers.sh"
second eth1
nft -f - <<END
table ip filter {
    chain input {
        type filter hook input priority filter; policy accept;
        iifname "eth1" drop
        iifname "eth*" ip saddr 172.64.0.0/13 drop
        iif eth0 ip saddr 104.16.0.0/13 drop
        iif != lo ip saddr 162.158.0.0/15 drop
        iifname { "wlan0", "docker0" } drop
        meta pkttype { broadcast, multicast } drop
    }
}
END
