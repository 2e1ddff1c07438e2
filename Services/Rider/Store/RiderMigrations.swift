import Events
import Postgres

/// The database's history; a step that was released never changes.
let riderMigrations = [
  PostgresMigration(1, "create_deliveries", PackageResources._01_create_deliveries_sql),
  Outbox.migration(number: 2),
]
