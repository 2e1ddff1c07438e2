import Events
import Postgres

/// The migrations of the database. A released migration never changes.
let riderMigrations =
  Outbox.migrations + [
    PostgresMigration(1, "create_deliveries", PackageResources._01_create_deliveries_sql)
  ]
