# What cannot be told before the packet is there: its text, its bytes, the time, who sent it.
#
# kernel: all all accepted
# unknown allowed: nobody can tell before the packet is there

iptables -A INPUT -s 172.64.0.0/13 -p tcp --dport 443 -m string --algo bm --string "POST /xmlrpc" -j DROP
iptables -A INPUT -s 104.16.0.0/13 -p tcp --dport 443 -m u32 --u32 "0>>22&0x3C@12>>26&0x3C@0=0x12345678" -j DROP
iptables -A INPUT -s 162.158.0.0/15 -m time --datestart 2036-01-01 -j DROP
iptables -A OUTPUT -d 188.114.96.0/20 -m owner --uid-owner 5000 -j DROP
iptables -A INPUT -s 131.0.72.0/22 -m ttl --ttl-lt 5 -j DROP
