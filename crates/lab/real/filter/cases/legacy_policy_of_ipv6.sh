# The old tool's policy for IPv6 drops, and nothing else is to be seen anywhere.
#
# kernel: cloudflare6 all dropped
# kernel: others6 all dropped
# kernel: all all accepted
# by: cloudflare6 443 legacy ip6 filter INPUT policy

ip6tables-legacy -w -P INPUT DROP
