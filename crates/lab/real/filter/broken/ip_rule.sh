# A routing rule refuses what goes to one range.
#
# says: rule del
# besides: 22, 8080

ip rule add to 172.64.0.0/13 prohibit pref 50
