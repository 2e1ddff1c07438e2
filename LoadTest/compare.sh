#!/usr/bin/env bash
# Compares benchmark rows of another revision with this one's: runs both in turn on this machine, never concurrently, and prints the medians
# of the absolute figures and their ratio.
#
#   LoadTest/compare.sh REVISION [ROW...]      (make compare REV=5aed1ae ROWS="near-cache patch orders"); N=3 rounds of each
#   LoadTest/compare.sh --report FOLDER        print the table of saved rounds again
#
# Needs the release executables of both (make build; make baseline REV=…). Each round's rows are saved in
# .local/compare/<commit>/<row>-<round>-baseline.json and …-current.json. A benchmark that misses its threshold still counts here.
set -euo pipefail
# shellcheck source=Deploy/functions.sh
source "$(dirname "${BASH_SOURCE[0]}")/../Deploy/functions.sh"

main() {
  local revision=${1:-} commit baseline results row round
  if [ "$revision" = --report ]; then
    python3 "$repository/LoadTest/benchmarks/compare.py" "${2:?usage: LoadTest/compare.sh --report FOLDER}"
    return
  fi
  [ -n "$revision" ] || fail 'usage: make compare REV=<commit, tag or branch> ROWS="near-cache patch orders" [N=3]'
  shift
  [ $# -gt 0 ] || set -- near-cache patch orders
  commit=$(git -C "$repository" rev-parse --verify --quiet --short=7 "$revision^{commit}") || fail "compare: unknown revision $revision"
  baseline=$repository/.build/baseline/$commit
  require_build "$baseline" "make baseline REV=$revision"
  require_build "$repository" "make build"
  results=$repository/.local/compare/$commit
  rm -rf "$results"
  mkdir -p "$results"
  for row in "$@"; do
    for round in $(seq "${N:-3}"); do
      run "$baseline" "$row" "$results/$row-$round-baseline.json"
      run "$repository" "$row" "$results/$row-$round-current.json"
    done
  done
  python3 "$repository/LoadTest/benchmarks/compare.py" "$results"
}

require_build() {
  [ -x "$1/.build/release/gateway" ] || fail "compare: ${1#"$repository"/} is not built: run \`$2\`"
}

# run WORKTREE ROW FILE: runs one benchmark and saves its rows. bench.py merges its rows into those of earlier runs, so the file of the
# worktree's earlier runs is put aside meanwhile.
run() {
  local json=$1/.local/bench.json kept=$1/.local/bench.json.kept status=0
  say "== $2 in ${1#"$repository"/}"
  mkdir -p "$1/.local"
  [ ! -f "$json" ] || mv "$json" "$kept"
  (cd "$1" && python3 LoadTest/bench.py "$2") || status=$?
  if [ -f "$json" ]; then mv "$json" "$3"; else status=2; fi
  [ ! -f "$kept" ] || mv "$kept" "$json"
  # 1: a threshold was missed.
  [ $status -le 1 ] || fail "compare: $2 failed in $1"
}

main "$@"
