#!/bin/sh
# Installs what is missing from Debian: `install-packages.sh build` what the programs are built
# with, `... quickstart` that and what examples/quickstart.sh needs, `... test` what the tests need
# besides, `... servers` what test/debian13.sh wants in a Debian 13 whose servers the tests start.
# Where nothing is missing, apt-get is not called. Works as root or through sudo, asks nothing, and
# starts no service.
set -eu

build_packages='
  g++ meson ninja-build pkg-config
  libarchive-dev libboost-dev libboost-program-options-dev libcurl4-openssl-dev libexpected-dev libfmt-dev libhiredis-dev
  libldns-dev libmaxminddb-dev libseccomp-dev libsqlite3-dev libsqlitecpp-dev libssl-dev
  nlohmann-json3-dev zlib1g-dev'

test_packages='
  bindfs catch2 chromium clang clang-format clang-tidy debootstrap devscripts man-db mandoc python3 shellcheck strace
  dovecot-imapd dovecot-lmtpd dovecot-managesieved dovecot-pop3d dovecot-submissiond
  exim4-daemon-heavy liblua5.4-dev libmaxmind-db-writer-perl nginx nsd openssl prometheus redis-server
  bzip2 jq nftables rsyslog systemd-journal-remote valgrind xz-utils zsh zstd'

server_packages='
  dovecot-imapd dovecot-lmtpd dovecot-managesieved dovecot-pop3d dovecot-submissiond postfix'

case "${1-}" in
  build) wanted=$build_packages ;;
  quickstart) wanted="$build_packages nsd python3" ;;
  test) wanted=$test_packages ;;
  servers) wanted=$server_packages ;;
  *)
    echo "usage: $0 build|quickstart|test|servers" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "$0: not a Debian system; please see to it yourself that there is: $wanted" >&2
  exit 0
fi

installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for package in $wanted; do
  installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "$0: please install as root:$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

# The tests start their own servers; the packages' services stay off while they are installed
# (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt: 101 is "forbidden").
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  # shellcheck disable=SC2016  # expands in the inner shell
  $as_root sh -c 'printf "#!/bin/sh\nexit 101\n" >"$1" && chmod 755 "$1"' sh "$policy"
  # shellcheck disable=SC2064  # now, not then
  trap "$as_root rm -f $policy" EXIT
  trap 'exit 1' HUP INT TERM
fi

install() {
  # shellcheck disable=SC2086  # a list of words
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends $missing
}

echo "Installing:$missing"
# The package lists may be absent or out of date: fetch them only when it does not go without.
install || { $as_root apt-get -q update && install; }
