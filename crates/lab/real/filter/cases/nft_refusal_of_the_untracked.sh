# A refusal of a packet that was not tracked is left untracked by nft's own word.
#
# kernel: all 80 dropped
# kernel: all 443 accepted
# by: cloudflare4 80 inet raw output

nft -f - <<'END'
table inet raw {
    chain prerouting {
        type filter hook prerouting priority raw; policy accept;
        tcp dport 80 notrack
    }
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport 80 reject with tcp reset
    }
    chain output {
        type filter hook output priority raw; policy accept;
        tcp sport 80 notrack
        tcp sport 80 ct state untracked drop
    }
}
END
