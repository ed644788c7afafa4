#!/bin/sh
# The main job in one go, on a Debian that has nothing but apt: installs what is missing (as root or
# through sudo), builds, brings up a small internet of its own on loopback (quickstart/internet), and
# lets logins from three addresses come in, as Dovecot hands them over: first with no lists, then with
# some, through both doors. One is refused by a client of the catalogue, one by its reverse name, one
# is let in.
#
# Nothing else is asked, and nothing is changed outside of ./build (or the folder that
# BADCLIENTS_BUILD names). Exit code 0 only if all logins came out as they should.
# shellcheck disable=SC2317  # functions that are called by a name in a variable, or by a trap
set -eu
cd "$(dirname "$0")/.."
build=${BADCLIENTS_BUILD:-build}
mkdir -p "$build"
steps=$(mktemp)
internet=
finish() {
  [ -z "$internet" ] || kill "$internet" 2>/dev/null || :
  rm -f "$steps"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# step WHAT COMMAND...: runs it, and shows how long it takes, and its output only where it fails.
step() {
  what=$1
  shift
  begin=$(date +%s)
  "$@" >"$steps" 2>&1 &
  pid=$!
  while kill -0 $pid 2>/dev/null; do
    [ ! -t 1 ] || printf '\r%s ... %s s' "$what" "$(($(date +%s) - begin))"
    sleep 0.2
  done
  if ! wait $pid; then
    cat "$steps"
    echo "quickstart: failed: $what" >&2
    exit 1
  fi
  [ ! -t 1 ] || printf '\r'
  printf '%s ... %s s\n' "$what" "$(($(date +%s) - begin))"
}

# As README.md installs: meson keeps the prefix that a folder was first set up with.
set_up() {
  [ -f "$build/build.ninja" ] || meson setup "$build" --prefix=/usr --buildtype=release
}
step 'Installing what is missing' sh test/install-packages.sh quickstart
step 'Configuring' set_up
step 'Building' meson compile -C "$build" badclients badclients-policy badclients-lookup

# It is kept, so that what is printed below can be run again.
here=$(cd "$build" && pwd)/quickstart
rm -rf "$here"
mkdir -p "$here/lists/clients" "$here/state"
config=$here/bad_clients.conf.ext
cat >"$config" <<END
[general]
list_path = $here/lists
state_path = $here/state
log = stderr

[lookup]
helper = $(cd "$build" && pwd)/src/badclients-lookup
END
touch "$here/internet"
python3 examples/quickstart/internet.py examples/quickstart/internet "$config" >"$here/internet" &
internet=$!
# Without it the logins below would ask nobody: the configuration names its ports alone.
until grep -q ready "$here/internet"; do
  if ! kill -0 "$internet" 2>/dev/null; then
    echo 'quickstart: its small internet does not start' >&2
    exit 1
  fi
  sleep 0.1
done

outcome=0

# judge OUTCOME WHAT_IT_SHOULD_BE WHAT_THE_AUDIT_LINE_SHOULD_HAVE
judge() {
  cat "$here/log"
  if [ "$1" != "$2" ] || ! grep -q "^mail-audit: .*$3" "$here/log"; then
    echo "quickstart: expected $2 and '$3' in the audit line" >&2
    outcome=1
  fi
  if grep -q '^mail-audit: .*=\(<None>\|None\)' "$here/log"; then
    echo 'quickstart: a fact is missing in the audit line' >&2
    outcome=1
  fi
}

# checkpassword ADDRESS CLIENT_ID EXIT_CODE TEXT
checkpassword() {
  printf "\n\$ printf 'alice\\\\0secret\\\\0\\\\0' | SERVICE=imap TCPREMOTEIP=%s AUTH_CLIENT_ID='%s'" "$1" "$2"
  printf ' %s/src/badclients --config %s 3<&0; echo $?\n' "$build" "$config"
  code=0
  printf 'alice\0secret\0\0' |
    SERVICE=imap TCPREMOTEIP=$1 AUTH_CLIENT_ID=$2 "$build/src/badclients" --config "$config" 3<&0 \
      2>"$here/log" || code=$?
  judge "$code" "$3" "$4"
  echo "$code"
}

# policy ADDRESS CLIENT_ID STATUS TEXT: the same as Dovecot's auth policy request.
policy() {
  request="{\"login\": \"alice\", \"remote\": \"$1\", \"protocol\": \"imap\", \"device_id\": \"$(
    printf %s "$2" | sed 's/"/\\"/g')\"}"
  printf "\n\$ printf 'POST /?command=allow HTTP/1.1\\\\r\\\\nHost: localhost\\\\r\\\\nContent-Length: %%s\\\\r\\\\n\\\\r\\\\n%%s' %s '%s' |\n" \
    ${#request} "$request"
  printf '  %s/src/badclients-policy --config %s\n' "$build" "$config"
  printf 'POST /?command=allow HTTP/1.1\r\nHost: localhost\r\nContent-Length: %s\r\n\r\n%s' \
    ${#request} "$request" |
    "$build/src/badclients-policy" --config "$config" >"$here/answer" 2>"$here/log"
  status=$(sed -n 's/^.*"status": *\(-*[0-9]*\).*$/\1/p' "$here/answer")
  judge "${status:-none}" "$((0 - $3))" "$4"
  cat "$here/answer"
  echo
}

# three_logins DOOR REFUSED CLIENT RULE: from two clouds, and from somebody's home. What refuses is
# looked for in the line.
three_logins() {
  "$1" 176.112.169.218 '"name" "Email App for Gmail"' "$2" "$3"
  "$1" 139.162.133.252 '"name" "Sugar Mail"' "$2" "$4"
  "$1" 84.46.0.17 '"name" "Thunderbird"' 0 "$5"
}

echo
echo '1. No lists yet: everybody is let in, and the log says who logs in from where.'
echo '   Each network is asked about once (facts=fresh).'
three_logins checkpassword 0 facts=fresh facts=fresh facts=fresh

cp -r lists/clients/data lists/clients/mail-ru.client "$here/lists/clients"
printf '%s\n' '.*%.email2%-cloud%.com' >"$here/lists/rev_host.deny.lst"
echo
echo '2. With a client of the catalogue (lists/clients/mail-ru.client) and a reverse name'
echo '   (rev_host.deny.lst): Dovecot 2.3 starts a program for each login (checkpassword).'
three_logins checkpassword 1 'client=<Mail.ru apps>.*facts=cached' 'matched=rev_host,.*facts=cached' facts=cached
echo
echo '3. The same by the auth policy requests of Dovecot 2.3.8 to 2.4.'
three_logins policy 1 'client=<Mail.ru apps>.*facts=cached' 'matched=rev_host,.*facts=cached' facts=cached

exit $outcome
