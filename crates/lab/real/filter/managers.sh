# The real managers, for the scripts of cases: `. "$LAB/managers.sh"`.
#
# Each begins with the configuration of its package, whatever the machine's own is, and writes to the stage's
# own /etc, /run and /var. Daemons stay, as they do on a host, and end with the stage.

. "$LAB/helpers.sh"
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# until_done SECONDS COMMAND...: until it succeeds.
until_done() {
    local until=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        if [ "$SECONDS" -ge "$until" ]; then
            echo "it did not come about: $*" >&2
            return 1
        fi
        sleep 0.05
    done
}

# in_force TEXT: some listing of the rules holds it.
in_force() {
    { nft list ruleset; iptables-save; ip6tables-save; ipset save; } 2> /dev/null | grep -qF -e "$1"
}

# switch NAME=VALUE...: of the kernel, below net.
switch() {
    for switch in "$@"; do
        echo "${switch#*=}" > "/proc/sys/net/$(echo "${switch%=*}" | tr . /)"
    done
}

# legacy: iptables means iptables-legacy from here on.
legacy() {
    for six in "" 6; do
        for verb in "" -save -restore; do
            ln -sf "/usr/sbin/ip${six}tables-legacy$verb" "/etc/alternatives/ip${six}tables$verb"
        done
    done
}

# fresh_ufw: with nothing but its own rules, SSH allowed, and off.
fresh_ufw() {
    cp /usr/share/ufw/iptables/*.rules /etc/ufw/
    rm -rf /etc/ufw/applications.d
    mkdir -p /etc/ufw/applications.d /run/ufw
    printf 'ENABLED=no\nLOGLEVEL=low\n' > /etc/ufw/ufw.conf
    ufw_setting IPV6 yes
    ufw_setting DEFAULT_INPUT_POLICY '"DROP"'
    ufw_setting DEFAULT_OUTPUT_POLICY '"ACCEPT"'
    ufw_setting DEFAULT_FORWARD_POLICY '"DROP"'
    ufw_setting MANAGE_BUILTINS no
    ufw_setting IPT_SYSCTL ""
    ufw allow 22/tcp
}

# ufw_setting NAME VALUE: in /etc/default/ufw.
ufw_setting() {
    sed -i "/^$1=/d" /etc/default/ufw
    echo "$1=$2" >> /etc/default/ufw
}

# ufw_lets_cloudflare_in: every range, as its documentation says.
ufw_lets_cloudflare_in() {
    for range in ${1:-$(cloudflare)}; do
        ufw allow proto tcp from "$range" to any port 80,443 > /dev/null
    done
}

# fresh_firewalld: started with an empty configuration and FIREWALLD_BACKEND, or nftables.
fresh_firewalld() {
    rm -rf /etc/firewalld
    mkdir -p /etc/firewalld/zones /etc/firewalld/ipsets /run/dbus /run/firewalld
    printf '%s\n' DefaultZone=public CleanupOnExit=no LogDenied=off IndividualCalls=no \
        "FirewallBackend=${FIREWALLD_BACKEND:-nftables}" > /etc/firewalld/firewalld.conf
    dbus-daemon --system --nofork --nopidfile --nosyslog > /dev/null 2>&1 < /dev/null &
    until_done 20 test -S /run/dbus/system_bus_socket
    firewalld --nofork --nopid --log-file /run/firewalld.log > /dev/null 2>&1 < /dev/null &
    until_done 60 firewall-cmd --state
}

# fail2ban_with TEXT: started with this as its jail.local.
fail2ban_with() {
    rm -rf /etc/fail2ban/jail.d /var/lib/fail2ban
    mkdir -p /etc/fail2ban/jail.d /var/lib/fail2ban /run/fail2ban
    printf '%s\n' "$1" > /etc/fail2ban/jail.local
    fail2ban-server -f --logtarget /run/fail2ban.log start > /dev/null 2>&1 < /dev/null &
    until_done 60 fail2ban-client ping
}

# fail2ban_bans JAIL ADDRESS...: and waits until the rules say so.
fail2ban_bans() {
    local jail=$1
    shift
    until_done 20 fail2ban-client set "$jail" banip "$@"
    for address in "$@"; do
        until_done 20 in_force "$address"
    done
}
