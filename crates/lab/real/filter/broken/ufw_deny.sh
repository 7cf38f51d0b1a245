# ufw denies the web to a range of each family, which a wider allow behind it would let in.
#
# owner: ufw
# says: ufw delete deny proto tcp from 104.16.0.0/13 to any port 80,443
# says: ufw delete reject proto tcp from 2606:4700::/32 to any port 443
# needs: ufw

. "$LAB/managers.sh"
fresh_ufw
ufw deny proto tcp from 104.16.0.0/13 to any port 80,443 comment 'too many of them'
ufw reject proto tcp from 2606:4700::/32 to any port 443
ufw_lets_cloudflare_in "$(cloudflare | grep -v -e 104.16 -e 2606)"
ufw allow proto tcp from 104.16.0.0/12 to any port 80,443
ufw allow proto tcp from 2606:4700::/31 to any port 80,443
ufw --force enable
