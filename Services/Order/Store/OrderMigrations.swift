import Persistence
import Events
import Idempotency
import Postgres

/// The database's history; a step that was released never changes.
let orderMigrations = [
  PostgresMigration(1, "create_orders", PackageResources._01_create_orders_sql),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
]
