# Ranges that are no prefix, ports that are lists and ranges, and their opposites.
#
# kernel: 172.64.0.5 443 dropped
# kernel: 172.64.0.4 443 accepted
# kernel: 172.64.0.251 443 accepted
# kernel: 172.64.0.128/26 443 dropped
# kernel: 172.64.0.6 443 dropped
# kernel: 172.64.0.249 443 dropped
# kernel: 172.64.0.250 443 dropped
# kernel: 104.16.0.0/13 443 dropped
# kernel: 162.158.0.0/15 80,443 dropped
# kernel: 8.0.0.0/8 80 dropped
# kernel: 2606:4700::/112 443 dropped
# kernel: all all accepted

iptables -A INPUT -p tcp --dport 443 -m iprange --src-range 172.64.0.5-172.64.0.250 -j DROP
iptables -A INPUT -s 104.16.0.0/13 -p tcp -m multiport ! --dports 22,80,8000:9000 -j DROP
iptables -A INPUT -s 162.158.0.0/15 -p tcp ! --dport 22 -j DROP
iptables -A INPUT -s 8.0.0.0/8 -p tcp --dport 23:80 -j DROP
iptables -A INPUT -p tcp -m multiport --sports 1:1023 -j DROP
iptables -A INPUT -s 172.65.0.0/16 ! -p tcp -j DROP
ip6tables -A INPUT -p tcp --dport 443 -m iprange --src-range 2606:4700::-2606:4700::ffff -j DROP
ip6tables -A INPUT -m iprange ! --src-range ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff -j DROP
