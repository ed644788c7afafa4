#!/bin/sh
# On Debian 13: everything builds with warnings as errors, the unit tests pass, and so do those
# end-to-end tests that go through the libraries which differ there, and its Dovecot 2.4. That has no
# checkpassword driver: what needs one skips.
#
# "debian13.sh servers" only makes the Debian 13 whose Dovecot 2.4 and Postfix the end-to-end tests
# start on this host (test/e2e/harness/debian13.py).
#
# A Debian 13 is a root folder that debootstrap makes in build-debian13, or in the folder that
# BADCLIENTS_DEBIAN13 names, and that later runs use again, with what was built in it. That takes
# root, mount namespaces and Debian's mirror; where something is not to be had it counts as skipped.
# So does what is not installed and built in time (the next run carries on with it), and a suite that
# is not done in time without a failed test.
# The last line is the sum: "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/.." || exit 1

built=200 tested=470 # seconds from the start
end_to_end='test_configuration.py test_ctl.py test_documents.py test_dovecot24.py test_geoip.py
  test_hardening.py test_install.py test_log.py test_policy_examples.py test_policy_logins.py
  test_protocol.py test_sandbox.py test_seed_examples.py test_shared.py test_terminal.py test_update.py'

folder=${BADCLIENTS_DEBIAN13:-build-debian13}
case "${1-}" in
  '') root=$folder/root ;;
  servers) root=$folder/servers built=480 ;; # another: Postfix excludes the Exim of the tests
  *)
    echo "usage: $0 [servers]" >&2
    exit 2
    ;;
esac
log=$folder/log

. test/tally.sh

# give_up REASON: everything here is skipped.
give_up() {
  skip 'Debian 13' "$1"
  summary
  exit
}

start=$(date +%s)

# ready_in SECONDS: sets the deadline, counted from the start.
ready_in() {
  deadline=$((start + $1))
}

# own_mounts COMMAND...: nothing that it mounts or starts is left over. Exit code 137 where it was
# ended at the deadline.
own_mounts() {
  left=$((deadline - $(date +%s)))
  [ "$left" -gt 0 ] || return 137
  timeout --signal=KILL "$left" unshare --mount --pid --fork --kill-child "$@"
}

# inside COMMAND...: in the root folder, as if it were the whole machine. /badclients is the source
# tree there, and compiles are kept in the compiler cache that is used here. Not chroot(8): where the
# root folder is not that of the mount namespace, the kernel refuses user namespaces.
inside() {
  # shellcheck disable=SC2016  # expands in the inner shell
  own_mounts sh -c '
    root=$1 && shift &&
      mount --bind "$root" "$root" && mkdir -p "$root/badclients" "$root/ccache" &&
      mount --bind . "$root/badclients" &&
      { [ -z "${CCACHE_DIR-}" ] || mount --bind "$CCACHE_DIR" "$root/ccache"; } &&
      mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" &&
      cd "$root" && pivot_root . mnt && PATH=/usr/sbin:/usr/bin:/sbin:/bin && umount -l /mnt &&
      cd /badclients && env -u TMPDIR HOME=/root LC_ALL=C.UTF-8 CCACHE_DIR=/ccache "$@"
    exit $?' sh "$root" "$@"
}

# mirror: the one that this host's apt has Debian from; nothing where debootstrap has to know one.
mirror() {
  # shellcheck disable=SC2016  # apt-get expands it
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null |
    grep -m 1 -E '^(https?|file):'
}

make_root() {
  [ ! -d "$root" ] || return 0
  if [ ! -d "$folder/base" ]; then
    # shellcheck disable=SC2046  # no word where there is no mirror
    rm -rf "$folder/base.new" &&
      own_mounts debootstrap --variant=minbase trixie "$folder/base.new" $(mirror) &&
      mv "$folder/base.new" "$folder/base" || return
  fi
  rm -rf "$root.new" && cp -a "$folder/base" "$root.new" && mv "$root.new" "$root"
}

install_packages() {
  # An earlier run may have been ended in the midst of it.
  inside sh -c '{ dpkg --configure -a || apt-get -q -y --no-install-recommends -f install; } &&
    { [ -x /usr/bin/ccache ] || apt-get -q -y --no-install-recommends install ccache; } &&
    sh test/install-packages.sh build && sh test/install-packages.sh test'
}

# Files and processes of the two systems meet in one folder: what is Dovecot's has the same number
# in both.
install_servers() {
  for account in dovecot dovenull; do
    uid=$(id -u "$account") && gid=$(id -g "$account") || return
    # shellcheck disable=SC2016  # expands in the inner shell
    inside sh -c 'getent group "$1" >/dev/null || groupadd --system --gid "$3" "$1" || exit
      getent passwd "$1" >/dev/null || useradd --system --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin --uid "$2" --gid "$1" "$1" || exit
      [ "$(id -u "$1"):$(id -g "$1")" = "$2:$3" ]' sh "$account" "$uid" "$gid" || return
  done
  inside sh -c '{ dpkg --configure -a || apt-get -q -y --no-install-recommends -f install; } &&
    sh test/install-packages.sh servers'
}

build() {
  # shellcheck disable=SC2016  # expands in the inner shell
  inside sh -c '[ -f /build/build.ninja ] && how=configure || how=setup
    meson $how /build --buildtype=release --werror -Dtests=true && meson compile -C /build'
}

# run COMMAND...: its exit code; what it says is in $log. All is skipped where its time was up.
run() {
  "$@" >"$log" 2>&1
  code=$?
  [ "$code" -ne 137 ] || give_up "not installed and built in $built s; the next run carries on"
  return "$code"
}

# can_be_installed FUNCTION: that function installs.
can_be_installed() {
  run "$1" && return
  cat "$log"
  run inside apt-get -q --error-on=any update || give_up "Debian's mirror cannot be reached"
  false
}

builds() {
  run build && return
  tail -n 50 "$log"
  false
}

[ "$(id -u)" -eq 0 ] || give_up 'needs root'
for program in debootstrap unshare pivot_root; do
  command -v "$program" >/dev/null || give_up "needs $program"
done
ready_in "$built"
own_mounts true 2>/dev/null || give_up 'needs mount namespaces'
mkdir -p "$folder"
run make_root || give_up "debootstrap failed: $(tail -n 1 "$log")"

if [ "${1-}" = servers ]; then
  check 'Debian 13 has Dovecot 2.4 and Postfix for the tests' can_be_installed install_servers
  summary
  exit
fi
# shellcheck disable=SC2086  # words
check 'Debian 13 has what the programs and tests need' can_be_installed install_packages &&
  check 'everything builds on Debian 13, warnings being errors' builds &&
  ready_in "$tested" &&
  suite 'unit tests on Debian 13' inside python3 test/unit/run.py /build/test/unit/unit &&
  suite 'end-to-end tests on Debian 13' \
    inside env BADCLIENTS_BUILD=/build python3 test/e2e/run.py $end_to_end
summary
