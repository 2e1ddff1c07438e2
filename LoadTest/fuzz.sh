#!/usr/bin/env bash
# Tests every service against its OpenAPI file with schemathesis (https://schemathesis.io), on a separate stack, directly and through the
# gateway, with and without credentials: no 5xx, no accepted invalid request, every response as described, and no process exit.
# Reports are in .local/fuzz/.
#
#   LoadTest/fuzz.sh [SERVICE…]     FUZZ_EXAMPLES=200 cases per operation (a fifth of it through the gateway), FUZZ_SEED=1
set -euo pipefail
# shellcheck source=Deploy/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/../Deploy/settings.sh"

work=$repository/.local/fuzz
schemathesis=$repository/.local/venv/bin/schemathesis
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
checks+=,response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method
# The gateway hides some of a service's operations (metrics, batches, versions: 404) and adds others.
gateway_checks=not_a_server_error,content_type_conformance,response_headers_conformance,response_schema_conformance,negative_data_rejection
# The statuses that may reject a request that violates the schema. 431: a list of ids over the maximum also exceeds the request line's limit.
rejections='["400","401","403","404","405","409","410","412","413","415","422","429","431"]'
failed=()

# roles_of SERVICE: the roles of its callers. `anonymous` has no token, `service` is the order service; payment-provider accepts its key only.
# A service that is not listed is called in every role.
roles_of() {
  case $1 in
    shop) echo owner operator anonymous ;;
    order | review) echo customer owner service anonymous ;;
    payment) echo customer service operator anonymous ;;
    rider) echo rider service anonymous ;;
    shop-listing) echo customer operator anonymous ;;
    order-history) echo customer owner operator anonymous ;;
    payment-provider) echo key ;;
    gateway) echo customer owner rider anonymous ;;
    identity) echo customer operator service anonymous ;;
    *) echo customer owner rider operator service anonymous ;;
  esac
}

# Identity is last: after failed sign-ins it delays further ones, which the other services' tests need.
ordered_services() {
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
  for service in $(ordered_services); do
    [ $# -eq 0 ] || [[ " $* " == *" $service "* ]] || continue
    # The gateway rejects a GET with a body before it matches the route.
    own=$checks
    [ "$service" != gateway ] || own=${checks%,unsupported_method}
    roles=$(roles_of "$service")
    for role in $roles; do fuzz "$service" "$role" "$(url_of "$service")" "${FUZZ_EXAMPLES:-200}" "$own"; done
    case $service in payment-provider | gateway) continue ;; esac
    fuzz "$service" "${roles%% *}" "$(url_of gateway)/$service" $((${FUZZ_EXAMPLES:-200} / 5 + 1)) $gateway_checks
  done
  [ "$before" = "$(processes)" ] || failed+=("a service exited")
  cp -R "$STACK_HOME/logs" "$work/"
  [ ${#failed[@]} -eq 0 ] || fail "fuzz: ${failed[*]} (logs in $work/logs)"
  say "fuzz: passed"
}

install_schemathesis() {
  [ -x "$schemathesis" ] && return
  say "installing schemathesis into .local/venv"
  python3 -m venv "$repository/.local/venv"
  "$repository/.local/venv/bin/pip" install --quiet 'schemathesis>=4,<5'
}

# A folder and ports other than those of the usual stack.
own_settings() {
  local name names=() ports index
  rm -rf "$work/logs"
  mkdir -p "$work"
  printf '[checks]\nnegative_data_rejection.expected-statuses = %s\n' "$rejections" >"$work/schemathesis.toml"
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
    anonymous) token= ;;
    key) token=$(sed -n 's/^PROVIDER_KEY=//p' "$STACK_HOME/secrets.env") ;;
    service) token=$("$repository/Deploy/stack" token service order) ;;
    *) token=$("$repository/Deploy/stack" token "$2") ;;
  esac
  [ -z "$token" ] || options+=(--header "Authorization: Bearer $token")
  # These operations change what later cases rely on: the card network's fault profile, and the caller's password.
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
