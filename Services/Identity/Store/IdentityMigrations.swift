import Events
import Postgres

/// The database's history; a step that was released never changes.
let identityMigrations = [
  PostgresMigration(1, "create_accounts", PackageResources._01_create_accounts_sql),
  Outbox.migration(number: 2),
  // The only table here that an auditor reads; nobody but the owner and the auditor can connect.
  PostgresMigration(number: 3, name: "show_outbox", sql: "GRANT SELECT ON outbox TO PUBLIC"),
]
