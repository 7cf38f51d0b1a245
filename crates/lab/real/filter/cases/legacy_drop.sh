# Rules of the old tools, which nft does not show.
#
# kernel: 172.64.0.0/13 443 dropped
# kernel: 2606:4700::/32 80 reset
# kernel: all all accepted
# by: 172.64.0.0/13 443 legacy ip filter INPUT
# by: 2606:4700::/32 80 legacy ip6 filter INPUT

iptables-legacy -w -A INPUT -s 172.64.0.0/13 -p tcp -m multiport --dports 443,8443 -j DROP
ip6tables-legacy -w -A INPUT -s 2606:4700::/32 -p tcp --dport 80 -j REJECT --reject-with tcp-reset
