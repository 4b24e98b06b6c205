#!/usr/bin/env bash
# Makes a Debian package `nodejs` of a Node.js program that is there already, for a root whose own nodejs is too old:
#   node-package.sh NODE OUT.deb
# The machine's own program is taken, so that nothing is fetched; it needs only the C and C++ libraries.
set -euo pipefail
node=$1 out=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
install -D -m 755 "$node" "$tree/usr/bin/node"
mkdir -p "$tree/DEBIAN"
cat >"$tree/DEBIAN/control" <<END
Package: nodejs
Version: $("$node" --version | tr -d v)-1local1
Architecture: $(dpkg --print-architecture)
Maintainer: Fieldward tests <root@localhost>
Depends: libc6, libgcc-s1, libstdc++6
Description: Node.js as this machine has it, for a test root
END
dpkg-deb --root-owner-group -Zgzip -z1 --build "$tree" "$out" >/dev/null
