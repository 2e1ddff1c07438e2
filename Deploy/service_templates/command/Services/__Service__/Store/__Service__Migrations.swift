import Events
import Persistence
import Postgres

/// The database's history; a step that was released never changes.
let __service__Migrations = [
  PostgresMigration(1, "create___tables__", PackageResources._01_create___tables___sql),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
]
