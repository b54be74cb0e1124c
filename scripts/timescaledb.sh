#!/bin/sh
# Makes .timescaledb/: a Debian 13 root folder with PostgreSQL 17 and TimescaleDB (Apache edition), for the
# storage tests. Needs root on Debian or one of its children; run again, it does nothing.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
root=${1:-$here/.timescaledb}
suite=trixie
packages=postgresql-17-timescaledb

if [ -f "$root/.complete" ]; then
    echo "timescaledb: $root is there already"
    exit 0
fi

fail() {
    echo "timescaledb: $1" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "needs root (it makes a root folder with debootstrap); the tests skip this edition without it"
command -v apt-get >/dev/null 2>&1 || fail "needs Debian or a child of it (apt-get is missing); the tests skip this edition without it"

if ! command -v debootstrap >/dev/null 2>&1; then
    apt-get install -y debootstrap || { apt-get update && apt-get install -y debootstrap; }
fi

# The mirror this machine is set up to use: where its own apt takes Debian's main archive from.
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' '$1 == "Debian" && $2 == "main" && $3 !~ /security/ { print $3; exit }')
if [ -z "$mirror" ]; then
    # No package lists are loaded: read the sources themselves.
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -n -e 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\/debian\/\{0,1\}\) .*/\2/p' -e 's/^URIs: *\([^ ]*\/debian\/\{0,1\}\).*/\1/p' | head -n 1)
fi
[ -n "$mirror" ] || fail "found no Debian mirror in this machine's apt configuration"

# The keyring of an older Debian may lack the newer key; then the installed package decides, not us.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid

rm -rf "$root"
mkdir -p "$root"
if [ -f "$keyring" ]; then
    debootstrap --variant=minbase --keyring="$keyring" --include="$packages" "$suite" "$root" "$mirror" "$script"
else
    debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror" "$script"
fi
rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
touch "$root/.complete"
echo "timescaledb: made $root"
