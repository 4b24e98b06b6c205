#!/bin/sh
# Removes what install.sh installed. Config and state stay, unless:
#   --purge   they go too
set -eu
case "${1-}" in
  '') purge=no ;;
  --purge) purge=yes ;;
  *) sed -n '2,3s/^# \{0,1\}//p' "$0"; exit 64 ;;
esac
target=${DESTDIR-}
list=$target/usr/lib/fieldward/INSTALLED
if [ -z "$target" ] && [ "$(id -u)" != 0 ]; then echo 'uninstall.sh: must be run as root' >&2; exit 1; fi
[ -f "$list" ] || { echo 'uninstall.sh: Fieldward is not installed, or by a package' >&2; exit 1; }

if [ -z "$target" ] && [ -d /run/systemd/system ]; then systemctl disable --now fieldward.service || true; fi
while IFS= read -r path; do rm -f "$target/$path"; done <"$list"
rm -f "$target/usr/lib/systemd/system/fieldward.service.d/50-notify-launcher.conf"
rmdir "$target/usr/lib/systemd/system/fieldward.service.d" 2>/dev/null || true
rm -rf "$target/usr/lib/fieldward" "$target/usr/share/doc/fieldward"
if [ "$purge" = yes ]; then
  rm -rf "$target/etc/fieldward" "$target/var/lib/fieldward" "$target/var/lib/private/fieldward" "$target/run/fieldward" \
    "$target/run/private/fieldward" "$target/run/fieldward-root"
fi
if [ -z "$target" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
