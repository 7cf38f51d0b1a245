# ufw was switched on and off again: its chains still hang there, empty, and nothing is refused.
#
# kernel: all 80,443,22 accepted
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
ufw deny from 172.64.0.0/13
ufw --force enable
ufw disable
