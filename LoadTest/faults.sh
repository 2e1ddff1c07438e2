#!/usr/bin/env bash
# Fault injection: stops one program of the running stack at a time during load, and audits the data after each.
#
#   LoadTest/faults.sh [WHAT...]      (make faults, make faults WHAT="payment provider-errs")
#
# WHAT is a program of the stack, all instances of which are stopped for AWAY seconds (30), or `provider-errs`: the card network fails 30 %
# of its calls and hangs on 5 %. The load goes to the services; for `gateway`, or with THROUGH=gateway, through the gateway.
# The simulator's clients retry; every order has to end and every invariant to hold. While a program is stopped, a listing and a shop must
# be readable and an order accepted, except where they depend on that program.
set -euo pipefail
# shellcheck source=Deploy/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/../Deploy/settings.sh"
cd "$repository"

RATE=${RATE:-20}
AWAY=${AWAY:-30}
SEED=${SEED:-1}
faults=("${services[@]}" redis-cache redis-events postgres provider-errs)

main() {
  local what failed=()
  [ $# -gt 0 ] || set -- "${faults[@]}"
  for what in "$@"; do
    contains "$what" "${faults[@]}" || fail "faults: unknown fault $what; the faults are ${faults[*]}"
  done
  Deploy/stack status >/dev/null
  load_stack_settings
  choose_menu_item
  for what in "$@"; do
    printf '\n== %s\n' "$what"
    inject_fault "$what" || failed+=("$what")
  done
  printf '\n'
  if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[*]}"
    exit 1
  fi
  printf 'passed: %s\n' "$*"
}

# contains WORD WORDS…: whether WORD is one of WORDS.
contains() {
  local word=$1
  shift
  [[ " $* " == *" $word "* ]]
}

# The ports of the running stack.
load_stack_settings() {
  set -a
  # shellcheck source=/dev/null
  source "$STACK_HOME/settings.env"
  set +a
}

# Chooses what the availability checks order. The first shop of a list is open, if any is; 99 of any item reach the minimum order.
choose_menu_item() {
  local listings
  listings=$(url_of shop-listing)/listings
  shop=$(curl -fsS "$listings?limit=1" | json_member '["items"][0]["id"]')
  menu_item=$(curl -fsS "$listings/$shop" | json_member '["menu"][0]["id"]')
}

json_member() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }

# Continues to the audit whatever fails, so that every stopped program is started again. Called with `||`, which disables `set -e`: each
# step records its own failure.
inject_fault() {
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
    stop_for_a_while "$1" || status=1
    wait "$load" || status=1
  fi
  Deploy/stack audit || status=1
  return $status
}

# Stops all instances of a program for AWAY seconds, and checks the availability of the others at the end.
stop_for_a_while() {
  local instances status=0
  token=$(Deploy/stack token customer 1000) || return 1
  read -r -a instances <<<"$(running_instances "$1")"
  if [ ${#instances[@]} = 0 ]; then
    say "faults: $1 is not running"
    return 1
  fi
  if Deploy/stack supervisorctl stop "${instances[@]}"; then
    sleep "$AWAY"
    check_availability_without "$1" || status=1
  else
    status=1
  fi
  Deploy/stack supervisorctl start "${instances[@]}" || status=1
  return $status
}

# The running instances of a program: `order`, and `order-2` if it is running.
running_instances() {
  { Deploy/stack supervisorctl status || true; } |
    awk -v name="$1" '$2 == "RUNNING" && ($1 == name || $1 == name "-2") { all = all " " $1 } END { print all }'
}

# A listing depends on shop-listing and redis-cache only; a shop and an order on their own service and its database: tokens are verified
# with cached keys, an order's prices come from the order service's shop replica, and it is paid asynchronously.
check_availability_without() {
  local status=0 order
  order='{"shopId": "'$shop'", "items": [{"menuItemId": "'$menu_item'", "quantity": 99}], "payment": {"token": "tok_visa"},
    "deliveryAddress": {"address": "서울 강남구 테헤란로 152", "location": {"latitude": 37.5, "longitude": 127.0365}}}'
  contains "$1" shop-listing redis-cache || expect_status 200 "$(url_of shop-listing)/listings?limit=3" || status=1
  contains "$1" shop postgres || expect_status 200 "$(url_of shop)/shops/$shop" || status=1
  contains "$1" order postgres || expect_status 201 "$(url_of order)/orders" -d "$order" -H 'Content-Type: application/json' \
    -H "Idempotency-Key: faults-$1-$(date +%s)" || status=1
  return $status
}

# expect_status STATUS URL [CURL OPTIONS…]: sends a request as a customer who signed in before.
expect_status() {
  local wanted=$1 url=$2 status
  shift 2
  # The token is passed by a pipe: arguments are visible to other users.
  status=$(curl -sS -m 5 --retry 2 -o /dev/null -w '%{http_code}' -K - "$@" "$url" <<<"header = \"Authorization: Bearer $token\"") || true
  [ "$status" = "$wanted" ] || {
    say "faults: $url returned $status instead of $wanted"
    return 1
  }
}

main "$@"
