#!/bin/sh
# Starts Pulpo from this folder on Linux or macOS, with Deno, else with npx, else the compiled file in dist/.
# Everything after the name goes to `pulpo serve`:  scripts/start.sh --port 9000
set -eu

DENO_VERSION=2.9.6
cd "$(dirname "$0")/.."

# True when the deno on the PATH is 2.9 or newer.
deno_is_new_enough() {
  command -v deno >/dev/null 2>&1 || return 1
  version=$(deno --version 2>/dev/null | sed -n '1s/^deno \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  major=${version% *}
  minor=${version#* }
  case "$major$minor" in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 9 ]; }
}

if deno_is_new_enough; then
  exec deno task start "$@"
elif command -v npx >/dev/null 2>&1; then
  echo "Deno 2.9 or newer is not installed; npx fetches deno@$DENO_VERSION."
  exec npx -y "deno@$DENO_VERSION" task start "$@"
elif [ -x dist/pulpo ]; then
  exec dist/pulpo serve "$@"
fi

cat >&2 <<'TEXT'
Pulpo needs one of these to start:
  - Deno 2.9 or newer     https://docs.deno.com/runtime/getting_started/installation/
  - Node.js with npx      https://nodejs.org/
  - the compiled file     dist/pulpo
TEXT
exit 1
