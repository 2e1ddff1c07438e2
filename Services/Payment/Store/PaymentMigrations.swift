import Persistence
import Events
import Idempotency
import Postgres

/// The schema migrations; a released one never changes.
let paymentMigrations = [
  PostgresMigration(1, "create_payments", PackageResources._01_create_payments_sql),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
  PostgresMigration(4, "create_ledger", PackageResources._04_create_ledger_sql),
  PostgresMigration(5, "index_unanswered_keys", PackageResources._05_index_unanswered_keys_sql),
  PostgresMigration(6, "check_balance_by_statement", PackageResources._06_check_balance_by_statement_sql),
]
