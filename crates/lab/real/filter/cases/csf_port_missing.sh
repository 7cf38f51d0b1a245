# csf's TCP_IN has no 443. Cloudflare's IPv4 was allowed by hand, its IPv6 was forgotten.
#
# kernel: cloudflare4 80,443,22 accepted
# kernel: all 443 dropped
# kernel: all 80,22 accepted
# by: cloudflare6 443 LOGDROPIN
. "$LAB/csf.sh"
csf_with 22,80
for range in $(cloudflare4); do csf_allows "$range"; done
