# Sourced by demo and test: installs what they need (scripts/packages.txt) and builds. Quiet unless something fails.
# SETUP=fast builds no types.
set -eu
cd "$(dirname "$0")/.."

say() { printf '== %s\n' "$*"; }

command -v node >/dev/null 2>&1 || { echo "node is missing: install Node.js 20.19 or newer" >&2; exit 2; }
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  { echo "Node.js $(node --version) is too old: 20.19 or newer is needed" >&2; exit 2; }

# npm writes this file at the end of every install: older than the lock means stale
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "npm ci"
  npm ci --no-audit --no-fund --loglevel=error
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  missing=
  for package in $(sed 's/#.*//' scripts/packages.txt); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    say "apt-get install$missing"
    apt-get update -qq
    # policy-rc.d: installing a server must not start it on this machine
    fresh=
    if [ ! -e /usr/sbin/policy-rc.d ]; then fresh=1; printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || status=$?
    [ -z "$fresh" ] || rm -f /usr/sbin/policy-rc.d
    [ "${status:-0}" = 0 ] || exit "$status"
  fi
fi

say "build"
if [ "${SETUP:-all}" = fast ]; then node scripts/build.mjs --no-types; else npm run --silent build; fi
