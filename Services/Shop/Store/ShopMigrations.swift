import Events
import Persistence
import Postgres

/// The schema migrations. A released migration never changes: its checksum is stored.
let shopMigrations =
  Outbox.migrations + IdempotencyKeys.migrations + [
    PostgresMigration(1, "create_shops", PackageResources._01_create_shops_sql)
  ]
