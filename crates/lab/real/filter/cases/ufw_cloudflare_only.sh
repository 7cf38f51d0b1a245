# ufw lets every range of Cloudflare's in at both ports, and nobody else: as it should be.
#
# kernel: all 22 accepted
# kernel: cloudflare 80,443 accepted
# kernel: others 80,443 dropped
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw_lets_cloudflare_in
ufw --force enable
