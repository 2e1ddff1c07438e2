#!/usr/bin/env bash
# Holds every service to its OpenAPI file by schemathesis (https://schemathesis.io), on a stack of its own, asked itself and through the
# gateway, signed in and not: no 5xx, no accepted nonsense, every answer as the file says, and no process that ended on the way.
# Reports lie in .local/fuzz/.
#
#   LoadTest/fuzz.sh [SERVICE…]     FUZZ_EXAMPLES=200 cases per operation (through the gateway a fifth of it), FUZZ_SEED=1
set -euo pipefail
# shellcheck source=Deploy/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/../Deploy/settings.sh"

work=$repository/.local/fuzz
schemathesis=$repository/.local/venv/bin/schemathesis
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
checks+=,response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method
# At the door some of what a service describes is not there (metrics, batches, versions: 404), and what it doesn't describe may be.
door_checks=not_a_server_error,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection
# What may refuse a request that breaks the schema. 431: a list of ids beyond its bound is also longer than a request line may be.
refusals='["400","401","403","404","405","409","410","412","413","415","422","429","431"]'
failed=()

# roles_of SERVICE: as whom it is called. `nobody` has no token, `service` is the order service; payment-provider knows its key only.
# A service that is not named here is called in every role.
roles_of() {
  case $1 in
    shop) echo owner operator nobody ;;
    order | review) echo customer owner service nobody ;;
    payment) echo customer service operator nobody ;;
    rider) echo rider service nobody ;;
    shop-listing) echo customer operator nobody ;;
    order-history) echo customer owner operator nobody ;;
    payment-provider) echo key ;;
    gateway) echo customer owner rider nobody ;;
    identity) echo customer operator service nobody ;;
    *) echo customer owner rider operator service nobody ;;
  esac
}

# Identity comes last: after guessed passwords it delays sign-ins, which the other services' tokens need.
in_turn() {
  printf '%s\n' "${services[@]}" | grep -vx identity
  echo identity
}

main() {
  local before service roles role own
  install_schemathesis
  own_settings
  trap '"$repository/Deploy/stack" clean' EXIT
  "$repository/Deploy/stack" up
  before=$(processes)
  for service in $(in_turn); do
    [ $# -eq 0 ] || [[ " $* " == *" $service "* ]] || continue
    # A GET with a body is refused at the door before anybody looks whether there is such a route.
    own=$checks
    [ "$service" != gateway ] || own=${checks%,unsupported_method}
    roles=$(roles_of "$service")
    for role in $roles; do fuzz "$service" "$role" "$(url_of "$service")" "${FUZZ_EXAMPLES:-200}" "$own"; done
    case $service in payment-provider | gateway) continue ;; esac
    fuzz "$service" "${roles%% *}" "$(url_of gateway)/$service" $((${FUZZ_EXAMPLES:-200} / 5 + 1)) $door_checks
  done
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
  local name names=() ports index
  rm -rf "$work/logs"
  mkdir -p "$work"
  printf '[checks]\nnegative_data_rejection.expected-statuses = %s\n' "$refusals" >"$work/schemathesis.toml"
  for name in "${settings[@]}"; do [[ $name != *_PORT ]] || names+=("$name"); done
  read -r -a ports < <(python3 -c '
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(one.getsockname()[1] for one in sockets))' ${#names[@]})
  for index in "${!names[@]}"; do export "${names[$index]}=${ports[$index]}"; done
  export STACK_HOME=$work/stack RATE_PRINCIPAL=10000 CONFIGURATION=${CONFIGURATION:-release} LOG_LEVEL=warning
  "$repository/Deploy/stack" clean
}

processes() { for service in "${services[@]}"; do cat "$STACK_HOME/run/$service.pid"; done; }

# fuzz SERVICE ROLE URL EXAMPLES [CHECKS]
fuzz() {
  local token options=()
  case $2 in
    nobody) token= ;;
    key) token=$(sed -n 's/^PROVIDER_KEY=//p' "$STACK_HOME/secrets.env") ;;
    service) token=$("$repository/Deploy/stack" token service order) ;;
    *) token=$("$repository/Deploy/stack" token "$2") ;;
  esac
  [ -z "$token" ] || options+=(--header "Authorization: Bearer $token")
  # What it is told to do there it does: the card network fails, and the customer's password is another.
  case $1 in
    payment-provider) options+=(--exclude-path /admin/behaviour) ;;
    identity) options+=(--exclude-path '/accounts/{id}/password') ;;
  esac
  say "fuzz: $1 as $2 at $3"
  (cd "$work" && "$schemathesis" run "$3/openapi.yaml" --url "$3" ${options[@]+"${options[@]}"} \
    --checks "${5:-$checks}" --max-examples "$4" --seed "${FUZZ_SEED:-1}" --request-timeout 40) </dev/null ||
    failed+=("$1 as $2 at $3")
}

main "$@"
