# shellcheck shell=sh
# For `. scripts/deno.sh`: sets `deno` to the words that run Deno, the one on the PATH when it is new enough, else the one
# that npx fetches; to nothing when there is neither. Use it without quotes:  $deno task start
DENO_VERSION=2.9.6

# True when the deno on the PATH is 2.9 or newer.
deno_is_new_enough() {
  command -v deno >/dev/null 2>&1 || return 1
  version=$(deno --version 2>/dev/null | sed -n '1s/^deno \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  major=${version% *}
  minor=${version#* }
  case "$major$minor" in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 9 ]; }
}

# shellcheck disable=SC2034 # the script that reads this one uses it
if deno_is_new_enough; then
  deno=deno
elif command -v npx >/dev/null 2>&1; then
  deno="npx -y deno@$DENO_VERSION"
else
  deno=''
fi
