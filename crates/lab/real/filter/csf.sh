# csf's rules, for the scripts of cases: `. "$LAB/csf.sh"`. The layout is what csf.pl writes, without its chains for
# resolvers, floods and single protocols.

. "$LAB/managers.sh"

# csf_with PORTS: TCP_IN and TCP6_IN, such as 22,80,443.
csf_with() {
    local six icmp
    for six in "" 6; do
        icmp=icmp
        if [ -n "$six" ]; then icmp=ipv6-icmp; fi
        {
            printf '%s\n' '*filter' ':INPUT DROP [0:0]' ':FORWARD DROP [0:0]' ':OUTPUT DROP [0:0]'
            for chain in ALLOWIN ALLOWOUT DENYIN DENYOUT INVALID INVDROP LOCALINPUT LOCALOUTPUT LOGDROPIN LOGDROPOUT; do
                echo ":$chain - [0:0]"
            done
            cat << RULES
-A INPUT ! -i lo -j LOCALINPUT
-A INPUT -i lo -j ACCEPT
-A INPUT ! -i lo -p tcp -j INVALID
-A INPUT ! -i lo -p $icmp -j ACCEPT
-A INPUT ! -i lo -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
RULES
            for port in ${1//,/ }; do
                echo "-A INPUT ! -i lo -p tcp -m conntrack --ctstate NEW -m tcp --dport $port -j ACCEPT"
            done
            cat << RULES
-A INPUT ! -i lo -j LOGDROPIN
-A OUTPUT ! -o lo -j LOCALOUTPUT
-A OUTPUT -o lo -j ACCEPT
-A OUTPUT ! -o lo -p tcp -j INVALID
-A OUTPUT ! -o lo -p $icmp -j ACCEPT
-A OUTPUT ! -o lo -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A OUTPUT ! -o lo -p tcp -m conntrack --ctstate NEW -m multiport --dports 22,25,53,80,443 -j ACCEPT
-A OUTPUT ! -o lo -j LOGDROPOUT
-A INVALID -m conntrack --ctstate INVALID -j INVDROP
-A INVALID -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j INVDROP
-A INVALID -p tcp -m tcp --tcp-flags SYN,RST SYN,RST -j INVDROP
-A INVALID -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j INVDROP
-A INVDROP -j DROP
-A LOCALINPUT ! -i lo -j ALLOWIN
-A LOCALINPUT ! -i lo -j DENYIN
-A LOCALOUTPUT ! -o lo -j ALLOWOUT
-A LOCALOUTPUT ! -o lo -j DENYOUT
-A LOGDROPIN -p tcp -m tcp --dport 23 -j DROP
-A LOGDROPIN -p tcp -m limit --limit 30/min -j LOG --log-prefix "Firewall: *TCP_IN Blocked* "
-A LOGDROPIN -j DROP
-A LOGDROPOUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m limit --limit 30/min -j LOG --log-prefix "Firewall: *TCP_OUT Blocked* "
-A LOGDROPOUT -j DROP
COMMIT
RULES
        } | "ip${six}tables-restore"
    done
    mkdir -p /etc/csf
    : > /etc/csf/csf.deny
    : > /etc/csf/csf.allow
}

# csf_denies PREFIX: `csf -d`.
csf_denies() {
    local six=""
    if [[ $1 == *:* ]]; then six=6; fi
    echo "$1 # Manually denied: $1" >> /etc/csf/csf.deny
    "ip${six}tables" -A DENYIN -s "$1" ! -i lo -j DROP
    "ip${six}tables" -A DENYOUT -d "$1" ! -o lo -j LOGDROPOUT
}

# csf_allows PREFIX: `csf -a`.
csf_allows() {
    local six=""
    if [[ $1 == *:* ]]; then six=6; fi
    echo "$1 # Manually allowed: $1" >> /etc/csf/csf.allow
    "ip${six}tables" -A ALLOWIN -s "$1" ! -i lo -j ACCEPT
    "ip${six}tables" -A ALLOWOUT -d "$1" ! -o lo -j ACCEPT
}
