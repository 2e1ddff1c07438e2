import Events
import Persistence
import Postgres

/// The database's history; a step that was released never changes.
let __service__Migrations =
  Outbox.migrations + IdempotencyKeys.migrations + [
    PostgresMigration(1, "create___tables__", PackageResources._01_create___tables___sql)
  ]
