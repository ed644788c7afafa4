#!/bin/sh
# Installs what is missing, builds everything with warnings as errors, runs every test: style and
# manual checks, a second compiler, the unit tests, the end-to-end tests on real servers, Debian 13.
# The last line is the sum over all: "N passed, N failed", and ", N skipped" where some were.
# Exit code 0 only if nothing failed and something passed.
set -u
cd "$(dirname "$0")/.." || exit 1

if ! { sh test/install-packages.sh build && sh test/install-packages.sh test; }; then
  echo 'test/run.sh: the packages that the tests need could not be installed' >&2
  echo '0 passed, 1 failed'
  exit 1
fi

. test/tally.sh

# configure FOLDER OPTION...: makes or updates a build folder.
configure() {
  if [ -f "$1/build.ninja" ]; then
    meson configure "$@"
  else
    meson setup "$@"
  fi
}

build_everything() {
  configure build-test --buildtype=release --werror -Dtests=true && meson compile -C build-test
}

# clang's warnings are those of clang-tidy, which reads the sources as clang does; where that is
# another version, everything is built.
second_compiler() {
  CXX=clang++ configure build-test-clang --buildtype=plain --werror || return
  case "$(clang-tidy --version 2>/dev/null)" in
    *' version 14.'*) tidy ;;
    *)
      echo 'tidy: .clang-tidy is for clang-tidy 14, which is not here'
      meson compile -C build-test-clang badclients badclients-lookup badclients-policy badclientsctl
      ;;
  esac
}

style() {
  case "$(clang-format --version 2>/dev/null)" in
    *' version 14.'*) git ls-files -z '*.cpp' '*.hpp' | xargs -0 -r clang-format --dry-run --Werror ;;
    *) echo 'style: .clang-format is for clang-format 14, which is not here' ;;
  esac
}

tidy() {
  # Headers that are made of other files.
  # shellcheck disable=SC2046  # a name each
  ninja -C build-test-clang $(ninja -C build-test-clang -t targets rule CUSTOM_COMMAND | grep '\.hpp$') || return
  git ls-files -z 'src/*.cpp' |
    xargs -0 -n4 "-P$(nproc)" clang-tidy -p build-test-clang --quiet 2>"$scratch/tidy" && return
  grep 'error' "$scratch/tidy" # such as a compiler option that it does not know
  false
}

manuals() {
  # No manual refers to one that has to be installed here.
  mandoc -T lint -W warning man/*.[1-9] >"$scratch/mandoc"
  ! grep -v 'referenced manual not found' "$scratch/mandoc"
}

check 'shell scripts are clean under shellcheck' \
  shellcheck -x test/run.sh test/debian13.sh test/install-packages.sh examples/quickstart.sh .ci/run
check 'sources are laid out as .clang-format says' style
check 'man pages are clean under mandoc -T lint' manuals

check 'everything builds with g++, warnings being errors' build_everything
check 'sources are clean under clang and clang-tidy, warnings being errors' second_compiler
check 'examples/quickstart.sh shows refused and allowed logins through both doors' \
  env BADCLIENTS_BUILD=build-test sh examples/quickstart.sh
suite 'unit tests' python3 test/unit/run.py build-test/test/unit/unit
suite 'Dovecot 2.4 for the end-to-end tests' sh test/debian13.sh servers
suite 'end-to-end tests' env BADCLIENTS_BUILD=build-test python3 test/e2e/run.py

suite 'Debian 13' sh test/debian13.sh

summary && [ "$passed" -gt 0 ]
