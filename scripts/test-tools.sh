#!/usr/bin/env bash
# Installs what only the tests need from Debian: a second broker, and a browser with Chinese letters.
set -euo pipefail

missing=()
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
command -v chromium >/dev/null || missing+=(chromium fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" != 0 ] || [ ! -e /etc/debian_version ]; then
  echo "not installed: ${missing[*]} (needs root on Debian): the tests that use them are skipped"
  exit 0
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
# The package starts a broker on port 1883; the tests start their own.
if [[ " ${missing[*]} " == *" mosquitto "* ]] && [ -d /run/systemd/system ]; then
  systemctl disable --now --quiet mosquitto
fi
