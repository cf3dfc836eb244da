#!/usr/bin/env bash
# Installs the Debian packages in tools/apt-packages.txt that are missing. Needs root; does nothing when all are there.
set -euo pipefail
list="$(cd "$(dirname "$0")" && pwd)/apt-packages.txt"

missing=()
for package in $(sed 's/#.*//' "$list"); do
  state="$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)"
  [ "$state" = installed ] || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "test packages: all installed" >&2
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "test packages: got user $(id -un), expected root to install ${missing[*]}; run it with sudo" >&2
  exit 1
fi

echo "test packages: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
# A service that starts on installation would be a daemon that nobody asked for: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get update -qq
apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null
echo "test packages: installed ${missing[*]}" >&2
