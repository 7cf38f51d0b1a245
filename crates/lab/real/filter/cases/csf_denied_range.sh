# csf with the site's ports open has denied two of Cloudflare's ranges and a part of a third; an address of the
# first was allowed again, which csf asks before.
#
# kernel: 172.64.0.5 80,443,22 accepted
# kernel: 172.64.0.0/13 80,443,22 dropped
# kernel: 2606:4700::/32 80,443,22 dropped
# kernel: 104.16.0.0/16 80,443,22 dropped
# kernel: all 80,443,22 accepted
# by: 172.65.0.0/16 443 DENYIN
# by: 2606:4700::/32 443 DENYIN
# needs: ip6tables-legacy
. "$LAB/csf.sh"
legacy
csf_with 22,80,443
csf_denies 172.64.0.0/13
csf_denies 2606:4700::/32
csf_denies 104.16.0.0/16
csf_allows 172.64.0.5
