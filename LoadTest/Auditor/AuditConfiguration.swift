import LoadClient
import Postgres
import Redis
import ServiceCatalogue

/// The addresses and credentials of the databases, Redis servers and services that the auditor reads.
struct AuditConfiguration: Sendable {
  let postgres: PostgresConfiguration
  let events: RedisConfiguration
  let cache: RedisConfiguration
  /// The services' addresses, and the operator's credentials.
  let urls: ServiceURLs

  /// - Throws: `MissingSetting`.
  init(_ environment: [String: String]) throws(MissingSetting) {
    func value(_ name: String) throws(MissingSetting) -> String {
      guard let value = environment[name], !value.isEmpty else { throw MissingSetting(name: name) }
      return value
    }
    func port(_ name: String, _ standard: Int) -> Int { environment[name].flatMap { Int($0) } ?? standard }
    func redis(_ server: String, _ standard: Int) throws(MissingSetting) -> RedisConfiguration {
      RedisConfiguration(
        host: environment["\(server)_REDIS_HOST"] ?? "127.0.0.1", port: port("\(server)_REDIS_PORT", standard),
        user: environment["AUDITOR_REDIS_USER"] ?? "auditor", password: try value("AUDITOR_REDIS_PASSWORD"),
        clientName: "auditor", commandDeadline: .seconds(30))
    }
    postgres = PostgresConfiguration(
      host: environment["POSTGRES_HOST"] ?? "127.0.0.1", port: port("POSTGRES_PORT", 5432), database: "postgres",
      user: environment["AUDITOR_POSTGRES_USER"] ?? "auditor", password: try value("AUDITOR_POSTGRES_PASSWORD"),
      applicationName: "auditor", pipelines: 1, leases: 1,
      statementTimeout: .seconds(300), availabilityTimeout: .seconds(10))
    events = try redis("EVENTS", 6379)
    cache = try redis("CACHE", 6380)
    urls = ServiceURLs(environment)
  }

  func postgres(_ database: Database) -> PostgresConfiguration {
    var configuration = postgres
    configuration.database = database.name
    return configuration
  }
}

/// A service's database.
struct Database: Hashable, Sendable {
  let name: String
  /// The service that owns it, which also names its event stream.
  let service: String

  static let all = ServiceCatalogue.standard.services.compactMap { Database(of: $0) }
  /// The databases of services that publish events.
  static let publishers = ServiceCatalogue.standard.publishers.compactMap { Database(of: $0) }

  // Databases that invariants refer to by name.
  static let shop = Database(name: "shop", service: "shop")
  static let order = Database(name: "order", service: "order")
  static let payment = Database(name: "payment", service: "payment")
  static let rider = Database(name: "rider", service: "rider")
  static let review = Database(name: "review", service: "review")
  static let provider = Database(name: "payment_provider", service: "payment-provider")
}

extension Database {
  /// `nil` for a service without a database.
  private init?(of service: CataloguedService) {
    guard let name = service.database else { return nil }
    self.init(name: name, service: service.name)
  }
}
