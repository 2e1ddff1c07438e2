#!/usr/bin/env bash
# Breaks the stack in the middle of load, one thing after the other, and has the auditor go through the books after each:
#
#   LoadTest/trouble.sh [WHAT...]      (make trouble, make trouble WHAT="payment provider-errs"); needs a stack that is up
#
# WHAT is a program of the stack, which is stopped for AWAY seconds (30), or `provider-errs`: the card network errs at 30 % and hangs at 5 %.
# For `gateway` the load goes through it (for the others too, with THROUGH=gateway).
# The simulator's customers try again, as people do; every order has to come to an end, and every won to be found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

RATE=${RATE:-20}
AWAY=${AWAY:-30}
SEED=${SEED:-1}
programs=(identity shop order payment payment-provider rider review shop-listing order-history gateway redis-cache redis-events postgres)

main() {
  local what failed=()
  [ $# -gt 0 ] || set -- "${programs[@]}" provider-errs
  for what in "$@"; do
    printf '\n== %s\n' "$what"
    trouble "$what" || failed+=("$what")
  done
  printf '\n'
  if [ ${#failed[@]} -gt 0 ]; then
    printf 'Not survived: %s\n' "${failed[*]}"
    exit 1
  fi
  printf 'Survived: %s\n' "$*"
}

trouble() {
  local load status=0 through=${THROUGH:-direct}
  [ "$1" != gateway ] || through=gateway
  Deploy/stack load --through "$through" --rate "$RATE" --duration $((AWAY + 20)) --seed "$SEED" --unhappy 0.2 --drain 120 --tolerate-outages &
  load=$!
  if [ "$1" = provider-errs ]; then
    Deploy/stack provider '{"errorRate": 0.3, "hangRate": 0.05}' >/dev/null
    wait "$load" || status=1
    Deploy/stack provider '{"errorRate": 0, "hangRate": 0}' >/dev/null
  else
    sleep 10
    Deploy/stack supervisorctl stop "$1"
    sleep "$AWAY"
    Deploy/stack supervisorctl start "$1"
    wait "$load" || status=1
  fi
  Deploy/stack audit || status=1
  return $status
}

main "$@"
