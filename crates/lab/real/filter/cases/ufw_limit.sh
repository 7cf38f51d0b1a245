# ufw's `limit` at 443: six connections within half a minute from one address, and the next is refused. Cloudflare
# brings many visitors from one address, so it is the first to be hit; a single connection gets through.
#
# kernel: all 80,443,22 accepted
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw allow 80/tcp
ufw limit 443/tcp
ufw --force enable
