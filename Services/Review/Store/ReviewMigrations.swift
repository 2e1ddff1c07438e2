import Events
import Persistence
import Postgres

/// The migrations of the database. A released migration never changes.
let reviewMigrations =
  Outbox.migrations + IdempotencyKeys.migrations + [
    PostgresMigration(1, "create_reviews", PackageResources._01_create_reviews_sql)
  ]
