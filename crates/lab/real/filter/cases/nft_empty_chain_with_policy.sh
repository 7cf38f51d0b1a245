# A chain without a rule, whose policy is to drop, in the one family.
#
# kernel: cloudflare6 all dropped
# kernel: others6 all dropped
# kernel: all all accepted
# by: cloudflare6 all neighbours: ip6 filter prerouting policy

nft add table ip6 filter
nft add chain ip6 filter prerouting '{ type filter hook prerouting priority mangle; policy drop; }'
