# shellcheck shell=bash
# The stack's PostgreSQL cluster, with the roles and databases of the services. Sourced by Deploy/stack.
# shellcheck disable=SC2154,SC2164  # sourced where repository and databases are set and errors end the script

# Creates the cluster if it is missing, and the services' roles and databases if they or their passwords changed.
prepare_postgres() {
  local bin data=$POSTGRES_HOME/data checksum
  bin=$(postgres_folder) || fail "PostgreSQL 15 or later is missing: run Deploy/install-packages"
  cp "$repository/Deploy/postgres/postgresql.conf" "$POSTGRES_HOME/postgresql.conf"
  if ! as_postgres test -s "$data/PG_VERSION"; then
    as_postgres "$bin/initdb" -D "$data" --auth=scram-sha-256 --auth-local=peer --encoding=UTF8 --locale=C >"$STACK_HOME/logs/initdb.log"
    rm -f "$STACK_HOME/databases.sha256"
  fi
  as_postgres cp "$POSTGRES_HOME/postgresql.conf" "$data/postgresql.conf"
  authentication_rules | as_postgres tee "$data/pg_hba.conf" >/dev/null
  checksum=$(cat "$STACK_HOME/secrets.env" "$repository"/Deploy/postgres/*.sql | sha256)
  [ "$checksum" = "$(cat "$STACK_HOME/databases.sha256" 2>/dev/null)" ] || create_databases "$bin" "$data"
  echo "$checksum" >"$STACK_HOME/databases.sha256"
}

# pg_hba.conf: the superuser connects by the socket only, with peer authentication; the services by password. The stack's services use the
# socket, which costs less than TCP.
authentication_rules() {
  cat <<END
local  all  $(postgres_user)  peer
local  all  all  scram-sha-256
host   all  $(postgres_user)  127.0.0.1/32  reject
host   all  all  127.0.0.1/32  scram-sha-256
END
}

# Runs a temporary server that only this script can connect to.
create_databases() {
  local database
  cd "$POSTGRES_HOME"
  as_postgres "$1/pg_ctl" -D "$2" -o "-c listen_addresses= -p $POSTGRES_PORT -k $POSTGRES_HOME/run" -w start \
    >"$STACK_HOME/logs/postgres-first.log" 2>&1 || fail "PostgreSQL did not start: see $STACK_HOME/logs/postgres-first.log"
  PASSWORD=$(postgres_password auditor) psql_as_superuser -q -d postgres <"$repository/Deploy/postgres/auditor-role.sql"
  for database in "${databases[@]}"; do
    PASSWORD=$(postgres_password "$database") \
      psql_as_superuser -q -d postgres -v service="$database" <"$repository/Deploy/postgres/service-database.sql"
  done
  as_postgres "$1/pg_ctl" -D "$2" -m fast -w stop >/dev/null
  cd "$repository"
}

postgres_password() { sed -n "s/^$(key_of "$1")_POSTGRES_PASSWORD=//p" "$STACK_HOME/secrets.env"; }

psql_as_superuser() { (cd "$POSTGRES_HOME" && as_postgres psql -X -h "$POSTGRES_HOME/run" -p "$POSTGRES_PORT" "$@"); }
