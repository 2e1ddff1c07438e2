# shellcheck shell=bash
# The settings of the local stack; sourced, not run.
# Settings are given in the environment or on make's command line: `make run SHOP_PORT=9101`.
# PostgreSQL and Redis have unusual ports, to coexist with other servers of the machine.

# shellcheck source=Deploy/functions.sh
source "$(dirname "${BASH_SOURCE[0]}")/functions.sh"
# shellcheck source=Deploy/services.sh
source "$repository/Deploy/services.sh"

# Default ports; a port in the environment takes precedence.
default_ports=("${service_ports[@]}" POSTGRES_PORT=54320 EVENTS_REDIS_PORT=63790 CACHE_REDIS_PORT=63800)
# shellcheck disable=SC2034  # read by stack
settings=("${default_ports[@]%%=*}" CONFIGURATION LOG_LEVEL INSTANCES RATE_PRINCIPAL)

# The operator's account; its password is a secret.
# shellcheck disable=SC2034  # read by stack
operator_email=operator@baedal.example

# The folder of a stack's data, logs and secrets. Another folder with other ports is another stack.
export STACK_HOME=${STACK_HOME:-$repository/.local}
export STACK_DEPLOY=$repository/Deploy

use_defaults() {
  local setting name
  for setting in "${default_ports[@]}"; do
    name=${setting%%=*}
    export "$name=${!name:-${setting#*=}}"
  done
  export CONFIGURATION=${CONFIGURATION:-release}
  export LOG_LEVEL=${LOG_LEVEL:-info}
  # The gateway's rate limit per account, in requests per second.
  export RATE_PRINCIPAL=${RATE_PRINCIPAL:-50}
  # The number of instances of each service: 1 or 2.
  export INSTANCES=${INSTANCES:-1}
  case $INSTANCES in 1 | 2) ;; *) fail "INSTANCES must be 1 or 2" ;; esac
}

port_of() { value_of "$(key_of "$1")_PORT"; }
url_of() { echo "http://127.0.0.1:$(port_of "$1")"; }

# PostgreSQL's data and the sockets are in STACK_HOME, unless a socket's path would exceed the system's limit, or the script runs as root
# and the user `postgres` (PostgreSQL refuses to run as root) cannot access that folder.
use_folders() {
  mkdir -p "$STACK_HOME"
  # Its content is private to the owner; other users, such as PostgreSQL's, may traverse it.
  chmod go-rw "$STACK_HOME"
  STACK_HOME=$(cd "$STACK_HOME" && pwd)
  STACK_RUN=$STACK_HOME/run
  POSTGRES_HOME=$STACK_HOME/postgres
  STACK_ELSEWHERE=
  if [ ${#STACK_HOME} -gt 75 ] || ! reachable_for_postgres "$STACK_HOME"; then
    STACK_ELSEWHERE=/var/tmp/baedal-$(id -u)-$(printf %s "$STACK_HOME" | cksum | cut -d' ' -f1)
    STACK_RUN=$STACK_ELSEWHERE/run
    POSTGRES_HOME=$STACK_ELSEWHERE/postgres
  fi
  export STACK_HOME STACK_RUN POSTGRES_HOME STACK_ELSEWHERE
}

# identity's CLIENTS: each calling service with the hash of its secret. The secrets must have been sourced.
identity_clients() {
  local name
  for name in "${callers[@]}"; do echo "$name:$(value_of "$(key_of "$name")_CLIENT_SECRET" | tr -d '\n' | sha256)"; done | paste -sd, -
}
