import Persistence
import Events
import Idempotency
import Postgres

/// The database's history; a step that was released never changes.
let reviewMigrations = [
  PostgresMigration(1, "create_reviews", PackageResources._01_create_reviews_sql),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
]
