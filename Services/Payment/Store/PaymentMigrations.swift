import Events
import Persistence
import Postgres

/// The schema migrations; a released one never changes.
let paymentMigrations =
  Outbox.migrations + IdempotencyKeys.migrations + [
    PostgresMigration(1, "create_payments", PackageResources._01_create_payments_sql),
    PostgresMigration(2, "create_ledger", PackageResources._02_create_ledger_sql),
    PostgresMigration(3, "index_unanswered_keys", PackageResources._03_index_unanswered_keys_sql),
    PostgresMigration(4, "check_balance_by_statement", PackageResources._04_check_balance_by_statement_sql),
  ]
