import Persistence
import Events
import Idempotency
import Postgres

/// The schema migrations. A released migration never changes: its checksum is stored.
let shopMigrations = [
  PostgresMigration(1, "create_shops", PackageResources._01_create_shops_sql),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
]
