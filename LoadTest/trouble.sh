#!/usr/bin/env bash
# Breaks the stack in the middle of load, one thing after the other, and has the auditor go through the books after each:
#
#   LoadTest/trouble.sh [WHAT...]      (make trouble, make trouble WHAT="payment provider-errs"); needs a stack that is up
#
# WHAT is a program of the stack, which is stopped for AWAY seconds (30), with its second instance if that runs, or `provider-errs`: the card
# network errs at 30 % and hangs at 5 %. For `gateway` the load goes through it (for the others too, with THROUGH=gateway).
# The simulator's customers try again, as people do; every order has to come to an end, and every won to be found. While a program is
# stopped a listing and a shop can be read and an order be placed, unless they need just that program.
set -euo pipefail
# shellcheck source=Deploy/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/../Deploy/settings.sh"
cd "$repository"

RATE=${RATE:-20}
AWAY=${AWAY:-30}
SEED=${SEED:-1}
troubles=("${services[@]}" redis-cache redis-events postgres provider-errs)

main() {
  local what failed=()
  [ $# -gt 0 ] || set -- "${troubles[@]}"
  for what in "$@"; do
    is_one_of "$what" "${troubles[@]}" || fail "trouble: there is no $what, but ${troubles[*]}"
  done
  Deploy/stack status >/dev/null
  use_running_stack
  choose_dish
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

# is_one_of WORD WORDS…
is_one_of() {
  local word=$1
  shift
  [[ " $* " == *" $word "* ]]
}

# The ports that it was started with.
use_running_stack() {
  set -a
  # shellcheck source=/dev/null
  source "$STACK_HOME/settings.env"
  set +a
}

# To be ordered in between. The first of a list is open, if any shop is; 99 of anything are enough for it.
choose_dish() {
  local listings
  listings=$(url_of shop-listing)/listings
  shop=$(curl -fsS "$listings?limit=1" | get '["items"][0]["id"]')
  dish=$(curl -fsS "$listings/$shop" | get '["menu"][0]["id"]')
}

get() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }

# Goes on to the audit whatever fails, so that what is broken is mended. Each step tells its own failure: behind `||` nothing ends by itself.
trouble() {
  local load status=0 through=${THROUGH:-direct}
  [ "$1" != gateway ] || through=gateway
  Deploy/stack load --through "$through" --rate "$RATE" --duration $((AWAY + 20)) --seed "$SEED" --unhappy 0.2 --drain 120 --tolerate-outages &
  load=$!
  if [ "$1" = provider-errs ]; then
    Deploy/stack provider '{"errorRate": 0.3, "hangRate": 0.05}' >/dev/null || status=1
    wait "$load" || status=1
    Deploy/stack provider '{"errorRate": 0, "hangRate": 0}' >/dev/null || status=1
  else
    sleep 10
    take_away "$1" || status=1
    wait "$load" || status=1
  fi
  Deploy/stack audit || status=1
  return $status
}

# Stops all instances of a program for a while, and looks whether the others go on.
take_away() {
  local instances status=0
  token=$(Deploy/stack token customer 1000) || return 1
  read -r -a instances <<<"$(running "$1")"
  if [ ${#instances[@]} = 0 ]; then
    say "trouble: $1 does not run"
    return 1
  fi
  if Deploy/stack supervisorctl stop "${instances[@]}"; then
    sleep "$AWAY"
    goes_on_without "$1" || status=1
  else
    status=1
  fi
  Deploy/stack supervisorctl start "${instances[@]}" || status=1
  return $status
}

# The instances of a program that run: `order`, and `order-2` if there is one.
running() {
  { Deploy/stack supervisorctl status || true; } |
    awk -v name="$1" '$2 == "RUNNING" && ($1 == name || $1 == name "-2") { all = all " " $1 } END { print all }'
}

# A listing needs shop-listing and the Redis of the read models, a shop and an order their own service and its database, and nothing else:
# tokens are verified by keys that are held, an order's prices are of the order service's own copy, and its payment comes later.
goes_on_without() {
  local status=0 order
  order='{"shopId": "'$shop'", "items": [{"menuItemId": "'$dish'", "quantity": 99}], "payment": {"token": "tok_visa"},
    "deliveryAddress": {"address": "서울 강남구 테헤란로 152", "location": {"latitude": 37.5, "longitude": 127.0365}}}'
  is_one_of "$1" shop-listing redis-cache || answers 200 "$(url_of shop-listing)/listings?limit=3" || status=1
  is_one_of "$1" shop postgres || answers 200 "$(url_of shop)/shops/$shop" || status=1
  is_one_of "$1" order postgres || answers 201 "$(url_of order)/orders" -d "$order" -H 'Content-Type: application/json' \
    -H "Idempotency-Key: trouble-$1-$(date +%s)" || status=1
  return $status
}

# answers STATUS URL [OPTIONS OF CURL…]: whether a customer who signed in before is answered so.
answers() {
  local wanted=$1 url=$2 status
  shift 2
  # The token goes by a pipe: an argument can be seen by others.
  status=$(curl -sS -m 5 --retry 2 -o /dev/null -w '%{http_code}' -K - "$@" "$url" <<<"header = \"Authorization: Bearer $token\"") || true
  [ "$status" = "$wanted" ] || {
    say "trouble: $url answers $status instead of $wanted"
    return 1
  }
}

main "$@"
