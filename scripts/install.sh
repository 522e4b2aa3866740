#!/bin/sh
# Installs the compiled Pulpo on Linux (systemd) or macOS (launchd): executable, system user, data folder, service.
# Run it again to update: it replaces the executable and restarts the service; settings and data stay.
set -eu

usage() {
  cat <<'TEXT'
Use: scripts/install.sh [options]

  --prefix DIR     where the executable goes: DIR/bin/pulpo (default /usr/local)
  --no-service     only the executable
  --no-start       install the service but do not start it now
  --uninstall      remove service and executable; settings and data stay
  --destdir DIR    put everything below DIR and start nothing (for packages)
  --help

It takes dist/pulpo, and builds it with `deno task compile` when it is not there.
TEXT
}

PREFIX=/usr/local
DESTDIR=
SERVICE=yes
START=yes
UNINSTALL=no
while [ $# -gt 0 ]; do
  case "$1" in
    --prefix | --destdir)
      [ $# -ge 2 ] || { echo "$1 needs a folder" >&2; exit 2; }
      case "$2" in /*) ;; *) echo "$1 needs an absolute path, not $2" >&2; exit 2 ;; esac
      if [ "$1" = --prefix ]; then PREFIX=${2%/}; else DESTDIR=${2%/}; fi
      shift
      ;;
    --no-service) SERVICE=no ;;
    --no-start) START=no ;;
    --uninstall) UNINSTALL=yes ;;
    --help | -h) usage; exit 0 ;;
    *) echo "unknown option: $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "$0")/.."
SYSTEM=$(uname -s)
BIN=$PREFIX/bin/pulpo
UNIT=/etc/systemd/system/pulpo.service
LABEL=org.pulpo.server
PLIST=/Library/LaunchDaemons/$LABEL.plist

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

need_root() {
  [ -n "$DESTDIR" ] || [ "$(id -u)" -eq 0 ] || fail "Run this as root: sudo scripts/install.sh"
}

has_systemd() { [ -z "$DESTDIR" ] && command -v systemctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; }

build() {
  [ -f dist/pulpo ] && return
  say "dist/pulpo is not there; building it"
  if command -v deno >/dev/null 2>&1; then
    deno task compile
  elif command -v npx >/dev/null 2>&1; then
    npx -y deno@2.9.6 task compile
  fi
  [ -f dist/pulpo ] || fail "There is no dist/pulpo. Build it with: deno task compile"
}

# Writes stdin to a new settings file; one that is there stays as it is.
keep_or_write() {
  if [ -e "$DESTDIR$1" ]; then
    say "kept       $1"
    cat >/dev/null
  else
    cat >"$DESTDIR$1"
    say "wrote      $1"
  fi
}

install_executable() {
  install -d -m 755 "$DESTDIR$PREFIX/bin"
  # Beside the old one, then renamed over it: a running server keeps its file.
  install -m 755 dist/pulpo "$DESTDIR$BIN.new"
  mv -f "$DESTDIR$BIN.new" "$DESTDIR$BIN"
  say "installed  $BIN"
}

install_settings() {
  install -d -m 755 "$DESTDIR/etc/pulpo"
  keep_or_write /etc/pulpo/pulpo.toml <<TEXT
# Settings of Pulpo. All of them: docs/settings.md or pulpo serve --help
data_dir = "$1"
# port = 8080
# public_url = "https://pulpo.example.org"
TEXT
  keep_or_write /etc/pulpo/pulpo.env <<'TEXT'
# Secrets for the service, as NAME=value.
# PULPO_ADMIN_EMAIL=owner@example.org
# PULPO_ADMIN_PASSWORD=
# DATABASE_URL=postgres://pulpo:password@db.example.org/pulpo
# REDIS_URL=rediss://:password@redis.example.org:6379
TEXT
  chmod 600 "$DESTDIR/etc/pulpo/pulpo.env"
}

install_linux() {
  install_settings /var/lib/pulpo
  install -d -m 755 "$DESTDIR/etc/systemd/system"
  sed "s|/usr/local/bin/pulpo|$BIN|g" packaging/pulpo.service >"$DESTDIR$UNIT"
  chmod 644 "$DESTDIR$UNIT"
  say "installed  $UNIT"
  [ -z "$DESTDIR" ] || return 0
  if ! id pulpo >/dev/null 2>&1; then
    useradd --system --user-group --home-dir /var/lib/pulpo --no-create-home --shell /usr/sbin/nologin pulpo
    say "created    user pulpo"
  fi
  install -d -m 700 -o pulpo -g pulpo /var/lib/pulpo
  if ! has_systemd; then
    say "systemd does not run here; start it with: $BIN serve --config /etc/pulpo/pulpo.toml"
    return 0
  fi
  systemctl daemon-reload
  systemctl enable --quiet pulpo.service
  if [ "$START" = yes ]; then
    systemctl restart pulpo.service
    say "started    pulpo.service"
    say "The set-up link for the first owner: journalctl -u pulpo"
  else
    say "Start it with: systemctl start pulpo"
  fi
}

install_macos() {
  data="/usr/local/var/pulpo"
  install_settings "$data"
  install -d -m 755 "$DESTDIR/Library/LaunchDaemons"
  owner=${SUDO_USER:-root}
  sed -e "s|/usr/local/bin/pulpo|$BIN|g" -e "s|<string>_pulpo</string>|<string>$owner</string>|" \
    "packaging/macos/$LABEL.plist" >"$DESTDIR$PLIST"
  chmod 644 "$DESTDIR$PLIST"
  say "installed  $PLIST (runs as $owner)"
  [ -z "$DESTDIR" ] || return 0
  install -d -m 700 -o "$owner" "$data"
  if [ "$START" = yes ]; then
    launchctl bootout "system/$LABEL" 2>/dev/null || true
    launchctl bootstrap system "$PLIST"
    say "started    $LABEL; its log is $data/pulpo.log"
  fi
}

uninstall() {
  case "$SYSTEM" in
    Linux)
      if has_systemd && [ -e "$UNIT" ]; then systemctl disable --now --quiet pulpo.service; fi
      rm -f "$DESTDIR$UNIT"
      if has_systemd; then systemctl daemon-reload; fi
      ;;
    Darwin)
      [ -n "$DESTDIR" ] || launchctl bootout "system/$LABEL" 2>/dev/null || true
      rm -f "$DESTDIR$PLIST"
      ;;
  esac
  rm -f "$DESTDIR$BIN"
  say "Removed. Settings in /etc/pulpo and the data are still there."
}

need_root
if [ "$UNINSTALL" = yes ]; then
  uninstall
  exit 0
fi
build
install_executable
[ "$SERVICE" = yes ] || exit 0
case "$SYSTEM" in
  Linux) install_linux ;;
  Darwin) install_macos ;;
  *) fail "There is no service for $SYSTEM here; start it with: $BIN serve" ;;
esac
