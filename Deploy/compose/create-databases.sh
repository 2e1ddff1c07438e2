#!/bin/bash
# Run once by the PostgreSQL image, in an empty cluster: a role and a database for each service.
set -euo pipefail
for service in shop; do
  password=${service^^}_POSTGRES_PASSWORD
  SERVICE_PASSWORD=${!password} psql -X -q -U "$POSTGRES_USER" -d postgres -v service="$service" -f /etc/baedal/service-database.sql
done
