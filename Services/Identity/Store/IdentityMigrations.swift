import Events
import Postgres

/// The schema migrations. A released migration never changes: its checksum is stored.
let identityMigrations =
  Outbox.migrations + [
    PostgresMigration(1, "create_accounts", PackageResources._01_create_accounts_sql),
    // The only table of this database that the auditor's role may read. Only the owner and the auditor can connect.
    PostgresMigration(number: 2, name: "show_outbox", sql: "GRANT SELECT ON outbox TO PUBLIC"),
  ]
