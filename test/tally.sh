# shellcheck shell=sh
# For scripts that source it: counts tests, and makes $scratch, a folder for temporary files.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

passed=0 failed=0 skipped=0

# check NAME COMMAND...: one test, which passes if the command does.
check() {
  name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    return 1
  fi
}

# skip NAME REASON: one test that cannot be run here.
skip() {
  skipped=$((skipped + 1))
  echo "skipped $1: $2"
}

# suite NAME COMMAND...: many tests; the command's last line is their sum. A command that prints
# none, or fails without a failed test, counts as one more failure. Where $deadline is set (seconds
# since 1970), a command that was killed after it counts as skipped.
suite() {
  name=$1
  shift
  echo "== $name"
  { "$@" 2>&1; echo $? >"$scratch/code"; } | tee "$scratch/output"
  if [ "$(cat "$scratch/code")" -eq 137 ] && [ "$(date +%s)" -ge "${deadline:-9999999999}" ] &&
    ! grep -qE '^FAILED|\.\.\. (FAIL|ERROR)$' "$scratch/output"; then
    skip "$name" 'not done in its time'
    return
  fi
  counts=$(tail -n 1 "$scratch/output" |
    sed -nE 's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p')
  # shellcheck disable=SC2086  # words
  set -- ${counts:-0 0}
  if [ -z "$counts" ] || { [ "$(cat "$scratch/code")" -ne 0 ] && [ "$2" -eq 0 ]; }; then
    set -- "$1" $(($2 + 1)) "${3:-0}"
    echo "FAILED  $name: ended with exit code $(cat "$scratch/code")"
  fi
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + ${3:-0}))
}

# The last line. False if something failed.
summary() {
  echo "$passed passed, $failed failed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
  [ "$failed" -eq 0 ]
}
