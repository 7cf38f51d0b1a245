# ufw lets in SSH only.
#
# owner: ufw
# says: ufw prepend allow proto tcp from 172.64.0.0/13 to any port 80,443
# says: ufw prepend allow proto tcp from 2606:4700::/32 to any port 80,443
# needs: ufw

. "$LAB/managers.sh"
fresh_ufw
ufw --force enable
