#!/bin/sh
# Starts Pulpo from this folder on Linux or macOS, with Deno, else with npx, else the compiled file in dist/.
# Everything after the name goes to `pulpo serve`:  scripts/start.sh --port 9000
set -eu

cd "$(dirname "$0")/.."
. scripts/deno.sh
# Builds the console first; without a runtime ./pulpo takes the compiled file, or says what is missing.
[ -z "$deno" ] || exec $deno task start "$@"
exec ./pulpo serve "$@"
