import Events
import Persistence
import Postgres

/// The migrations of the service's database. A released one never changes: its checksum is stored.
let orderMigrations =
  Outbox.migrations + IdempotencyKeys.migrations + [
    PostgresMigration(1, "create_orders", PackageResources._01_create_orders_sql)
  ]
