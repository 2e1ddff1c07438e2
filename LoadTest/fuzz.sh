#!/usr/bin/env bash
# Holds every service to its OpenAPI file by schemathesis (https://schemathesis.io), on a stack of its own: no 5xx, no accepted
# nonsense, every answer as the file says, and no process that ended on the way. Reports lie in .local/fuzz/.
#
#   LoadTest/fuzz.sh [SERVICE…]     FUZZ_EXAMPLES=200 cases per operation, FUZZ_SEED=1
set -euo pipefail
# shellcheck source=Deploy/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/../Deploy/settings.sh"

work=$repository/.local/fuzz
schemathesis=$repository/.local/venv/bin/schemathesis
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
checks+=,response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method
# What may refuse a request that breaks the schema. 431: a list of ids beyond its bound is also longer than a request line may be.
refusals='["400","401","403","404","405","409","410","412","413","415","422","431"]'
someone=0190a0a0-0000-7000-8000-00000000000
failed=()

# Each service, and as whom it is called. The card network knows its key only.
callers='
  shop              owner operator
  order             customer owner service
  payment           customer service operator
  rider             rider service
  review            customer owner service
  shop-listing      customer operator
  order-history     customer owner operator
  payment-provider  key
'

main() {
  local before service roles
  install_schemathesis
  own_settings
  trap '"$repository/Deploy/stack" clean' EXIT
  "$repository/Deploy/stack" up
  before=$(processes)
  while read -r service roles; do
    [ -n "$service" ] || continue
    [ $# -eq 0 ] || [[ " $* " == *" $service "* ]] || continue
    for role in $roles; do fuzz "$service" "$role"; done
  done <<<"$callers"
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
  export STACK_HOME=$work/stack CONFIGURATION=${CONFIGURATION:-release} LOG_LEVEL=warning
  "$repository/Deploy/stack" clean
}

processes() { for service in "${services[@]}"; do cat "$STACK_HOME/run/$service.pid"; done; }

# fuzz SERVICE ROLE
fuzz() {
  local url header except=()
  url=$(url_of "$1")
  header="X-Principal: $2:${someone}1"
  if [ "$2" = key ]; then
    header="Authorization: Bearer $(sed -n 's/^PROVIDER_KEY=//p' "$STACK_HOME/secrets.env")"
    # There it is told to fail, and then it does.
    except=(--exclude-path /admin/behaviour)
  fi
  say "fuzz: $1 as $2"
  (cd "$work" && "$schemathesis" run "$url/openapi.yaml" --url "$url" --header "$header" ${except[@]+"${except[@]}"} \
    --checks $checks --max-examples "${FUZZ_EXAMPLES:-200}" --seed "${FUZZ_SEED:-1}" --request-timeout 40) </dev/null ||
    failed+=("$1 as $2")
}

main "$@"
