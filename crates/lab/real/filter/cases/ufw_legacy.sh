# ufw over the legacy tables, which nft does not show: one prefix is denied at the top, and a rule by hand through
# the other kind of iptables drops another.
#
# kernel: 188.114.96.0/20 80,443,22 dropped
# kernel: 190.93.240.0/20 443 dropped
# kernel: all 80,443,22 accepted
# by: 188.114.96.0/20 443 ufw-user-input
# by: 190.93.240.0/20 443 ip filter INPUT
# needs: ufw iptables-legacy ip6tables-legacy
. "$LAB/managers.sh"
legacy
fresh_ufw
ufw allow 80,443/tcp
ufw insert 1 deny from 188.114.96.0/20
ufw --force enable
iptables-nft -A INPUT -s 190.93.240.0/20 -p tcp --dport 443 -j DROP
