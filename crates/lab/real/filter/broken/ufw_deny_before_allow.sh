# ufw denies a range before it allows it.
#
# owner: ufw
# says: ufw prepend allow proto tcp from 172.64.0.0/13 to any port 80 comment
# says: ufw delete deny proto tcp from 104.16.0.0/13 to any port 80,443
# needs: ufw

. "$LAB/helpers.sh"
ufw allow 22/tcp
ufw deny from 172.64.0.0/13
ufw deny proto tcp from 104.16.0.0/13 to any port 80,443 comment 'too many of them'
for range in $(cloudflare); do
    if [ $range != 104.16.0.0/13 ]; then ufw allow proto tcp from $range to any port 80,443; fi
done
ufw allow proto tcp from 104.16.0.0/12 to any port 80,443
ufw --force enable
