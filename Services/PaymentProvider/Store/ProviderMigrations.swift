import Postgres

/// The schema migrations; a released one never changes.
let providerMigrations = [PostgresMigration(1, "create_authorizations", PackageResources._01_create_authorizations_sql)]
