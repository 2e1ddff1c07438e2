import Persistence
import Events
import Idempotency
import Postgres

/// The migrations of the database. A released migration never changes.
let reviewMigrations = [
  PostgresMigration(1, "create_reviews", PackageResources._01_create_reviews_sql),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
]
