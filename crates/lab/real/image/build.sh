#!/usr/bin/env bash
# Builds the root file system that every staged origin begins with: build.sh TARGET
#
# A minimal Debian 12 and the packages of packages.txt, by way of this machine's own apt: its
# sources of Debian and its proxy. What makes it the origin of a shop is not here but in ../origin,
# which is laid over it for each run, so that a change there needs no new image.
set -euo pipefail
suite=bookworm
target=$1
cd "$(dirname "$0")"
packages=$(grep -v '^#' packages.txt | paste -sd,)

sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | grep " $suite" || true)
if [ -z "$sources" ]; then
    echo "apt has no list of Debian $suite here: run apt-get update on a Debian 12" >&2
    exit 1
fi
options=$(mktemp)
trap 'rm -f "$options"' EXIT
apt-config dump Acquire | grep -E '^Acquire::(http|https|Check-|Retries)' > "$options" || true

# CrowdSec's package asks its makers for an account as it is installed, unless it has one: this one is none. What
# sends word of a ban is left out, since it weighs 44 MB.
mmdebstrap --mode=root --variant=minbase --include="$packages" \
    --aptopt="$options" --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/lib/crowdsec/plugins/*' \
    --essential-hook='mkdir -p "$1/etc/crowdsec"; echo "# none" > "$1/etc/crowdsec/online_api_credentials.yaml"' \
    --customize-hook="./beside.sh \"\$1\"" \
    "$suite" "$target" - <<< "$sources" >&2

# A machine that was installed a while ago: it has an identity, keeps its journal, and its timers
# for updates would find no network.
systemd-machine-id-setup --root="$target"
mkdir -p "$target/var/log/journal"
rm -f "$target/etc/nginx/sites-enabled/default" "$target/etc/resolv.conf" \
    "$target/etc/hostname" "$target/etc/hosts"
systemctl --root="$target" mask --quiet apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer
# Nothing is renewed behind a test's back.
systemctl --root="$target" disable --quiet certbot.timer
# Who manages a packet filter does so only where it is asked to.
systemctl --root="$target" disable --quiet ufw.service firewalld.service fail2ban.service \
    netfilter-persistent.service crowdsec.service crowdsec-firewall-bouncer.service
# Nobody logs in where nobody is meant to.
systemctl --root="$target" disable --quiet ssh.service ssh.socket 2> /dev/null || true
chroot "$target" useradd --system --gid www-data --home-dir /srv/shop --shell /usr/sbin/nologin shop
