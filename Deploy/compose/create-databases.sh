#!/bin/bash
# Run by the PostgreSQL image in an empty cluster: creates the auditor's role, and a role and a database for each service with a password
# in the environment (SHOP_POSTGRES_PASSWORD: shop).
set -euo pipefail

run() { PASSWORD=$1 psql -X -q -U "$POSTGRES_USER" -d postgres "${@:2}"; }

run "$AUDITOR_POSTGRES_PASSWORD" -f /etc/baedal/auditor-role.sql
for name in $(compgen -e | sed -n 's/_POSTGRES_PASSWORD$//p'); do
  password=${name}_POSTGRES_PASSWORD
  [ "$name" = AUDITOR ] || run "${!password}" -v service="${name,,}" -f /etc/baedal/service-database.sql
done
