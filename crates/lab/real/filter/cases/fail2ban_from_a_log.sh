# A jail reads a log in which Cloudflare's address stands for every visitor: five wrong passwords of anybody, and
# the address is banned. Who has tried only once is not.
#
# kernel: 172.70.9.9 80,443,22 dropped
# kernel: all 80,443,22 accepted
# by: 172.70.9.9 443 f2b-table
# needs: fail2ban-server fail2ban-client
. "$LAB/managers.sh"
touch /var/log/web.log
fail2ban_with '[DEFAULT]
banaction = nftables-allports[blocktype=drop]
backend = polling
maxretry = 5
findtime = 1h
[web]
enabled = true
filter = nginx-http-auth
logpath = /var/log/web.log'
now=$(date '+%Y/%m/%d %H:%M:%S')
for client in 172.70.9.9 172.70.9.9 172.70.9.8 172.70.9.9 172.70.9.9 172.70.9.9; do
    echo "$now [error] 7#7: *1 user \"admin\" was not found in \"/etc/nginx/passwords\", client: $client," \
        'server: example.com, request: "GET / HTTP/1.1", host: "example.com"' >> /var/log/web.log
done
until_done 30 in_force 172.70.9.9
