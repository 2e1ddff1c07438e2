import Postgres

/// The database's history; a step that was released never changes.
let providerMigrations = [PostgresMigration(1, "create_authorizations", PackageResources._01_create_authorizations_sql)]
