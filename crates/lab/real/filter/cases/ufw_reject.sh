# What ufw rejects, it rejects aloud: one prefix at 443 with a reset, and everything else by its default.
#
# kernel: 198.41.128.0/17 443 reset
# kernel: 2405:8100::/32 443 reset
# kernel: all 22,443 accepted
# kernel: all 80 port-unreachable
# by: 198.41.128.0/17 443 ufw-user-input
# by: 198.41.128.0/17 80 ufw-reject-input
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw default reject incoming
ufw reject proto tcp from 198.41.128.0/17 to any port 443
ufw reject proto tcp from 2405:8100::/32 to any port 443
ufw allow 443/tcp
ufw --force enable
