#!/usr/bin/env bash
# Installs what Debian does not want beside ufw: beside.sh TARGET, called by mmdebstrap with its own apt.
#
# ufw and netfilter-persistent would each load rules at the start, so their packages exclude each other. Here both
# are switched off, and a fault switches one of them on.
set -euo pipefail
target=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# Not as apt's own user, who may not write here.
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --quiet -o APT::Sandbox::User=root download \
    netfilter-persistent iptables-persistent
mkdir "$target/beside"
cp -- *.deb "$target/beside"
chroot "$target" env DEBIAN_FRONTEND=noninteractive sh -c \
    'echo "iptables-persistent iptables-persistent/autosave_v4 boolean false
iptables-persistent iptables-persistent/autosave_v6 boolean false" | debconf-set-selections
     dpkg --force-breaks --install /beside/*.deb'
rm -r "$target/beside"
