#!/bin/sh
# The main job in one go, on a Debian that has nothing but apt: installs what is missing for
# building (as root or through sudo), builds, and lets two logins come in the way Dovecot hands them
# over (checkpassword: user and password on descriptor 3, everything else in the environment).
# One comes from New Outlook's cloud and is refused, one comes from elsewhere and is let in.
#
# Nothing is looked up in the network, and nothing is changed outside of ./build (or the folder that
# BADCLIENTS_BUILD names). Exit code 0 only if both logins came out as they should.
set -eu
cd "$(dirname "$0")/.."
build=${BADCLIENTS_BUILD:-build}

sh test/install-packages.sh build

# As README.md installs: meson keeps the prefix that a folder was first set up with.
[ -f "$build/build.ninja" ] || meson setup "$build" --prefix=/usr --buildtype=release
meson compile -C "$build" badclients

here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
trap 'exit 1' HUP INT TERM

config=$here/bad_clients.conf.ext
cat >"$config" <<END
[general]
list_path = $PWD/examples/lists
state_path = $here
log = stderr

[lookup]
; nothing of the network here: lists alone decide
reverse_dns = no
origin = none
registration = none
END

outcome=0

# login ADDRESS EXIT_CODE TEXT_IN_THE_AUDIT_LINE
login() {
  printf "\n\$ printf 'alice\\\\0secret\\\\0\\\\0' | SERVICE=imap TCPREMOTEIP=%s" "$1"
  printf ' %s/src/badclients --config %s 3<&0; echo $?\n' "$build" "$config"
  code=0
  printf 'alice\0secret\0\0' |
    SERVICE=imap TCPREMOTEIP=$1 "$build/src/badclients" --config "$config" 3<&0 2>"$here/log" || code=$?
  cat "$here/log"
  echo "$code"
  if [ "$code" -ne "$2" ] || ! grep -q "^mail-audit: .*$3" "$here/log"; then
    echo "quickstart: expected exit code $2 and '$3' in the audit line" >&2
    outcome=1
  fi
}

echo
echo 'A login from the cloud of New Outlook (list: examples/lists/ip_net.deny.lst), exit code 1: refused'
login 52.97.246.245 1 'blocked=True, matched=ip_net'
echo
echo 'The same user from somewhere else, exit code 0: let in'
login 84.46.0.17 0 'ip=84.46.0.17'

exit $outcome
