public import Postgres
public import Web

extension PostgresConfiguration {
  /// The keys of a service that keeps its data in PostgreSQL.
  public static func settings(database: String) -> [Setting] {
    [
      Setting("postgres.host", default: "127.0.0.1", "PostgreSQL's address, or the folder of its socket"),
      Setting("postgres.port", default: "5432", "PostgreSQL's port"),
      Setting("postgres.database", default: database, "the service's own database"),
      Setting("postgres.user", default: database, "the role that owns it"),
      Setting("postgres.password", default: nil, isSecret: true, "the role's password"),
      Setting("postgres.pipelines", default: "16", "connections that many requests share"),
      Setting("postgres.leases", default: "4", "connections for transactions"),
    ]
  }

  /// - Throws: `SettingsError` that names the key.
  public init(_ settings: Settings, applicationName: String) throws(SettingsError) {
    self.init(
      host: try settings.string("postgres.host"), port: try settings.integer("postgres.port", in: 1...65_535),
      database: try settings.string("postgres.database"), user: try settings.string("postgres.user"),
      password: try settings.string("postgres.password"), applicationName: applicationName,
      pipelines: try settings.integer("postgres.pipelines", in: 1...64),
      leases: try settings.integer("postgres.leases", in: 1...64))
  }
}

extension PostgresClient {
  /// A client of the service's own database.
  /// - Throws: `SettingsError` that names the key.
  public convenience init(for environment: ServiceEnvironment) throws(SettingsError) {
    self.init(
      configuration: try PostgresConfiguration(environment.settings, applicationName: environment.instance),
      logger: environment.logger)
  }
}
