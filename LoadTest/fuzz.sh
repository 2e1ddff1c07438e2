#!/usr/bin/env bash
# Holds both services to their OpenAPI files by schemathesis (https://schemathesis.io), on a stack of its own: no 5xx, no accepted
# nonsense, every answer as the file says, and no process that ended on the way. Reports lie in .local/fuzz/.
#
#   LoadTest/fuzz.sh          FUZZ_EXAMPLES=200 cases per operation, FUZZ_SEED=1
set -euo pipefail
# shellcheck source=Deploy/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/../Deploy/settings.sh"

work=$repository/.local/fuzz
schemathesis=$repository/.local/venv/bin/schemathesis
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
checks+=,response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method
# What may refuse a request that breaks the schema. 431: a list of ids beyond its bound is also longer than a request line may be.
refusals='["400","401","403","404","405","409","410","413","415","422","431"]'
someone=0190a0a0-0000-7000-8000-00000000000
failed=()

main() {
  install_schemathesis
  own_settings
  trap '"$repository/Deploy/stack" clean' EXIT
  "$repository/Deploy/stack" up
  local before
  before=$(processes)
  fuzz shop "$SHOP_PORT" "owner:${someone}1"
  fuzz shop "$SHOP_PORT" "operator:${someone}2"
  fuzz shop-listing "$SHOP_LISTING_PORT" "customer:${someone}3"
  fuzz shop-listing "$SHOP_LISTING_PORT" "operator:${someone}2"
  [ "$before" = "$(processes)" ] || failed+=("a service ended")
  cp -R "$STACK_HOME/logs" "$work/"
  [ ${#failed[@]} -eq 0 ] || fail "fuzz: ${failed[*]} (logs in $work/logs)"
  say "fuzz: no complaints"
}

install_schemathesis() {
  [ -x "$schemathesis" ] && return
  say "installing schemathesis into .local/venv"
  python3 -m venv "$repository/.local/venv"
  "$repository/.local/venv/bin/pip" install --quiet 'schemathesis>=4,<5'
}

# Another folder and other ports than the reader's own stack.
own_settings() {
  local ports
  rm -rf "$work/logs"
  mkdir -p "$work"
  printf '[checks]\nnegative_data_rejection.expected-statuses = %s\n' "$refusals" >"$work/schemathesis.toml"
  read -r -a ports < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
print(*(one.getsockname()[1] for one in sockets))')
  export STACK_HOME=$work/stack CONFIGURATION=release LOG_LEVEL=warning
  export SHOP_PORT=${ports[0]} SHOP_LISTING_PORT=${ports[1]} SHOP_LISTING_2_PORT=${ports[2]}
  export POSTGRES_PORT=${ports[3]} EVENTS_REDIS_PORT=${ports[4]} CACHE_REDIS_PORT=${ports[5]}
  "$repository/Deploy/stack" clean
}

processes() { cat "$STACK_HOME/run/shop.pid" "$STACK_HOME/run/shop-listing.pid"; }

# fuzz SERVICE PORT PRINCIPAL
fuzz() {
  say "fuzz: $1 as ${3%%:*}"
  (cd "$work" && "$schemathesis" run "http://127.0.0.1:$2/openapi.yaml" --url "http://127.0.0.1:$2" --header "X-Principal: $3" \
    --checks $checks --max-examples "${FUZZ_EXAMPLES:-200}" --seed "${FUZZ_SEED:-1}" --request-timeout 10) ||
    failed+=("$1 as ${3%%:*}")
}

main "$@"
