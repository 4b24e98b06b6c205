#!/usr/bin/env bash
# Builds a Debian root for the boot tests with mmdebstrap:
#   mkroot.sh SUITE ARCHITECTURE FOLDER PACKAGES NODE-PACKAGE|-
# PACKAGES has commas between; NODE-PACKAGE is a .deb that is installed after them, for a suite whose own nodejs is too old.
# The root appears under FOLDER only when it is whole.
set -euo pipefail
suite=$1 architecture=$2 folder=$3 packages=$4 node=$5
next=$folder.next
rm -rf "$next"
mkdir -p "$(dirname "$folder")"

# The mirror that this machine uses itself, and the archive's own for machines that are not Debian.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | grep /debian/ | head -n 1 || true)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

hooks=()
if [ "$node" != - ]; then
  hooks+=(--customize-hook="copy-in $node /tmp" --customize-hook="chroot \"\$1\" dpkg -i /tmp/$(basename "$node")" --customize-hook="rm \"\$1/tmp/$(basename "$node")\"")
fi
# Each program of a foreign root runs emulated, and to configure what a system needs takes minutes: its packages are only
# unpacked, dpkg is told that they are there, and it has the users and groups of every Debian.
variant=minbase
if [ "$architecture" != "$(dpkg --print-architecture)" ]; then
  variant=extract
  packages+=,base-files,base-passwd,coreutils,dash,diffutils,dpkg,libc-bin,sed,tar
  users='for name in passwd group; do cp "$1/usr/share/base-passwd/$name.master" "$1/etc/$name"; done'
  known='for deb in "$1"/var/cache/apt/archives/*.deb; do dpkg-deb -f "$deb"; printf "Status: install ok installed\n\n"; done'
  hooks+=(--extract-hook="{ $known; } >\"\$1/var/lib/dpkg/status\"" --extract-hook="$users")
fi

# The folder is a cache, which can be made again: dpkg need not sync each file.
mmdebstrap --mode=root --variant="$variant" --architectures="$architecture" --include="$packages" --quiet \
  --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
  ${hooks[@]+"${hooks[@]}"} "$suite" "$next" \
  "deb [signed-by=$keyring] ${mirror:-http://deb.debian.org/debian} $suite main"

# The builder's options go: the tests install packages as any machine does.
rm -f "$next"/etc/dpkg/dpkg.cfg.d/99mmdebstrap

# Nothing here runs by itself: the tests start what they need, and a root must boot in a second.
for unit in mosquitto apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer; do
  rm -f "$next"/etc/systemd/system/*.wants/"$unit"* "$next"/lib/systemd/system/timers.target.wants/"$unit"
done
rm -rf "$folder"
mv "$next" "$folder"
