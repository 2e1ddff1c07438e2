# shellcheck shell=bash
# The settings of the local stack and the few functions that every script here needs; sourced, not run.
# Each setting may be given in the environment or on make's command line: `make run SHOP_PORT=9101`.
# The ports of PostgreSQL and Redis are not the usual ones, so that the stack lives beside servers that the machine may have.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=Deploy/services.sh
source "$repository/Deploy/services.sh"

# Each port's usual number; a port that the environment names stays as it is.
list_ports() {
  each_service service_port
  each_service second_port
  echo POSTGRES_PORT=54320
  echo EVENTS_REDIS_PORT=63790
  echo CACHE_REDIS_PORT=63800
}
service_port() { echo "$(key_of "$1")_PORT=$2"; }
second_port() { [ "$1" = payment-provider ] || echo "$(key_of "$1")_2_PORT=$(($2 + 10))"; }

usual_ports=$(list_ports)
# shellcheck disable=SC2034  # read by stack
read -r -a settings <<<"$(sed 's/=.*//' <<<"$usual_ports" | tr '\n' ' ') CONFIGURATION LOG_LEVEL INSTANCES RATE_PRINCIPAL"

# With whose account the stack is looked after; the password is among the secrets.
# shellcheck disable=SC2034  # read by stack
operator_email=operator@baedal.example

# Everything that a stack keeps: data, logs, secrets. Another folder (and other ports) is another stack.
export STACK_HOME=${STACK_HOME:-$repository/.local}
export STACK_DEPLOY=$repository/Deploy

use_defaults() {
  local name value
  while IFS='=' read -r name value; do export "$name=${!name:-$value}"; done <<<"$usual_ports"
  export CONFIGURATION=${CONFIGURATION:-release}
  export LOG_LEVEL=${LOG_LEVEL:-info}
  # Requests a second that the gateway takes from one account.
  export RATE_PRINCIPAL=${RATE_PRINCIPAL:-50}
  # How many of each service run: 1 or 2.
  export INSTANCES=${INSTANCES:-1}
  case $INSTANCES in 1 | 2) ;; *) fail "INSTANCES must be 1 or 2" ;; esac
}

value_of() { echo "${!1}"; }
port_of() { value_of "$(key_of "$1")_PORT"; }
url_of() { echo "http://127.0.0.1:$(port_of "$1")"; }

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# program NAME: the path of a program that may lie in a folder of root's only (nginx of Debian does).
program() { PATH=$PATH:/usr/sbin:/usr/local/sbin command -v "$1"; }

# The folder of PostgreSQL's own programs (Debian keeps them out of PATH), version 15 or later.
postgres_folder() {
  local folder version newest="" newest_version=14
  for folder in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
    "$(dirname "$(command -v postgres 2>/dev/null || echo /nowhere/x)")"; do
    [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] || continue
    version=$("$folder/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
    if [ "$version" -gt "$newest_version" ]; then newest=$folder newest_version=$version; fi
  done
  [ -n "$newest" ] && echo "$newest"
}

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

reachable_for_postgres() { [ "$(id -u)" != 0 ] || as_postgres test -x "$1"; }

# The user that PostgreSQL runs as.
postgres_user() { if [ "$(id -u)" = 0 ]; then echo postgres; else id -un; fi; }

# Runs (or, after `exec`, becomes) a command as that user.
as_postgres() {
  if [ "$(id -u)" != 0 ]; then "$@"; else setpriv --reuid=postgres --regid=postgres --init-groups "$@"; fi
}

# The services that may have tokens of their own, each with the hash of its secret; the secrets must have been read.
identity_clients() { each_service identity_client | paste -sd, -; }
identity_client() { [ "$6" = - ] || echo "$1:$(printf %s "$(value_of "$(key_of "$1")_CLIENT_SECRET")" | sha256)"; }

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1; }
