# shellcheck shell=bash
# The settings of the local stack; sourced, not run.
# Each setting may be given in the environment or on make's command line: `make run SHOP_PORT=9101`.
# The ports of PostgreSQL and Redis are not the usual ones, so that the stack lives beside servers that the machine may have.

# shellcheck source=Deploy/functions.sh
source "$(dirname "${BASH_SOURCE[0]}")/functions.sh"
# shellcheck source=Deploy/services.sh
source "$repository/Deploy/services.sh"

# Each port's usual number; a port that the environment names stays as it is.
usual_ports=("${service_ports[@]}" POSTGRES_PORT=54320 EVENTS_REDIS_PORT=63790 CACHE_REDIS_PORT=63800)
# shellcheck disable=SC2034  # read by stack
settings=("${usual_ports[@]%%=*}" CONFIGURATION LOG_LEVEL INSTANCES RATE_PRINCIPAL)

# With whose account the stack is looked after; the password is among the secrets.
# shellcheck disable=SC2034  # read by stack
operator_email=operator@baedal.example

# Everything that a stack keeps: data, logs, secrets. Another folder (and other ports) is another stack.
export STACK_HOME=${STACK_HOME:-$repository/.local}
export STACK_DEPLOY=$repository/Deploy

use_defaults() {
  local setting name
  for setting in "${usual_ports[@]}"; do
    name=${setting%%=*}
    export "$name=${!name:-${setting#*=}}"
  done
  export CONFIGURATION=${CONFIGURATION:-release}
  export LOG_LEVEL=${LOG_LEVEL:-info}
  # Requests a second that the gateway takes from one account.
  export RATE_PRINCIPAL=${RATE_PRINCIPAL:-50}
  # How many of each service run: 1 or 2.
  export INSTANCES=${INSTANCES:-1}
  case $INSTANCES in 1 | 2) ;; *) fail "INSTANCES must be 1 or 2" ;; esac
}

port_of() { value_of "$(key_of "$1")_PORT"; }
url_of() { echo "http://127.0.0.1:$(port_of "$1")"; }

# Where PostgreSQL's data and the sockets lie: in STACK_HOME, unless a socket's path would be too long for the system, or we
# are root and the user `postgres` (PostgreSQL refuses to run as root) cannot reach that folder.
use_folders() {
  mkdir -p "$STACK_HOME"
  # What lies in it is for its owner; others, such as PostgreSQL's user, may pass through.
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

# The services that may have tokens of their own, each with the hash of its secret; the secrets must have been read.
identity_clients() {
  local name
  for name in "${callers[@]}"; do echo "$name:$(value_of "$(key_of "$name")_CLIENT_SECRET" | tr -d '\n' | sha256)"; done | paste -sd, -
}
