#!/bin/sh
# Installs Fieldward on a system without dpkg, or renews it. Run as root in the unpacked folder.
#   install.sh               into this system
#   DESTDIR=DIR install.sh   into a root below DIR; nothing is started there
# The config and the state of an earlier version stay. What lies where is noted in /usr/lib/fieldward/INSTALLED.
set -eu
cd "$(dirname "$0")"
target=${DESTDIR-}
list=usr/lib/fieldward/INSTALLED
config=etc/fieldward/fieldward.yaml

if [ -z "$target" ]; then
  [ "$(id -u)" = 0 ] || { echo 'install.sh: must be run as root' >&2; exit 1; }
  # The unit allows this program and no other to be run.
  node=/usr/bin/node
  own=root/usr/lib/fieldward/node
  if [ -e "$own" ]; then
    node=$own
    "$node" --version >/dev/null 2>&1 || { echo 'install.sh: its Node.js does not run here: is it the archive of this architecture? It needs glibc 2.28' >&2; exit 1; }
  fi
  [ -x "$node" ] || { echo "install.sh: $node is not there; take the archive that carries its own Node.js, or install 20.19 or later" >&2; exit 1; }
  "$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    { echo "install.sh: $("$node" --version) is too old; take the archive that carries its own Node.js, or install 20.19 or later" >&2; exit 1; }
fi

# Files of the version before that this one does not have: a driver that is left over would not be in the manifest.
if [ -f "$target/$list" ]; then
  while IFS= read -r path; do
    [ -e "root/$path" ] || rm -f "$target/$path"
  done <"$target/$list"
fi

(cd root && find . -type f | sed 's|^\./||' | LC_ALL=C sort) | while IFS= read -r path; do
  if [ "$path" = "$config" ] && [ -e "$target/$config" ]; then continue; fi
  mode=644
  [ ! -x "root/$path" ] || mode=755
  install -D -m "$mode" "root/$path" "$target/$path.new"
  mv -f "$target/$path.new" "$target/$path"
  [ "$path" = "$config" ] || echo "$path"
done >"INSTALLED.$$"
install -D -m 644 "INSTALLED.$$" "$target/$list"
rm -f "INSTALLED.$$"

[ -z "$target" ] || exit 0
# The unit runs with the group of the serial ports, which has another name on some distributions.
if getent group dialout >/dev/null; then
  chown root:dialout "/$config"
  chmod 0640 "/$config"
else
  echo 'There is no group dialout here: set Group= by `systemctl edit fieldward` to the one that serial ports belong to.'
fi
mkdir -p -m 0700 /etc/fieldward/credentials
version=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
dropins=/usr/lib/systemd/system/fieldward.service.d
if [ -n "$version" ] && [ "$version" -lt 253 ]; then
  install -D -m 644 root/usr/lib/fieldward/systemd-252/50-notify-launcher.conf "$dropins/50-notify-launcher.conf"
else
  rm -f "$dropins/50-notify-launcher.conf"
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemd-tmpfiles --create fieldward.conf
  systemctl try-restart fieldward.service || true
fi
if [ -d /run/udev ] && command -v udevadm >/dev/null; then udevadm control --reload || true; fi
if command -v systemctl >/dev/null && ! systemctl is-enabled --quiet fieldward.service 2>/dev/null; then
  echo "Installed, neither started nor enabled. Run \`fieldward init\`, or fill in /$config, then:"
  echo '  fieldward check && systemctl enable --now fieldward'
fi
