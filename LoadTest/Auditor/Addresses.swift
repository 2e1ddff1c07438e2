import LoadClient
import Postgres
import Redis

/// Where everything is that the auditor reads, and the passwords with which it may.
struct Addresses: Sendable {
  let postgres: PostgresConfiguration
  let events: RedisConfiguration
  let cache: RedisConfiguration
  /// The services, and with what the operator signs in.
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
    configuration.database = database.rawValue
    return configuration
  }
}

/// The databases, one for each service that owns data.
enum Database: String, CaseIterable, Sendable {
  case identity, shop, order, payment, rider, review
  case provider = "payment_provider"

  /// Those whose service publishes events, with the stream's name.
  static let publishers: [Database] = [.identity, .shop, .order, .payment, .rider, .review]
}
