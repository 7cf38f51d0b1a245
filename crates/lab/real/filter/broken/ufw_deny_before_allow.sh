# ufw denies a range before it allows it.
#
# owner: ufw
# says: ufw prepend allow proto tcp from 172.64.0.0/13 to any port 80 comment
# says: ufw prepend allow proto tcp from 172.64.0.0/13 to any port 443 comment
# needs: ufw

. "$LAB/managers.sh"
fresh_ufw
ufw delete allow 22/tcp
ufw deny from 172.64.0.0/13
ufw allow 22/tcp
ufw_lets_cloudflare_in
ufw --force enable
