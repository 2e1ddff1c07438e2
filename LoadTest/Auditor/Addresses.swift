import Postgres
import Redis

/// Where everything is that the auditor reads, and the passwords with which it may.
struct Addresses: Sendable {
  struct Missing: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not set; run it by `make audit`" }
  }

  let postgres: PostgresConfiguration
  let events: RedisConfiguration
  let cache: RedisConfiguration
  private let urls: [String: String]

  /// - Throws: ``Missing``.
  init(_ environment: [String: String]) throws(Missing) {
    func value(_ name: String) throws(Missing) -> String {
      guard let value = environment[name], !value.isEmpty else { throw Missing(name: name) }
      return value
    }
    func port(_ name: String, _ standard: Int) -> Int { environment[name].flatMap { Int($0) } ?? standard }
    func redis(_ server: String, _ standard: Int) throws(Missing) -> RedisConfiguration {
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
    let ports = [
      "SHOP": 8101, "ORDER": 8102, "PAYMENT": 8103, "RIDER": 8104, "REVIEW": 8105, "SHOP_LISTING": 8201, "ORDER_HISTORY": 8202,
    ]
    urls = ports.reduce(into: [:]) { urls, entry in
      urls[entry.key] = environment["\(entry.key)_URL"] ?? "http://127.0.0.1:\(entry.value)"
    }
  }

  func postgres(_ database: Database) -> PostgresConfiguration {
    var configuration = postgres
    configuration.database = database.rawValue
    return configuration
  }

  /// Where a service listens, by its name as in the environment: `ORDER_HISTORY`.
  func url(_ service: String) -> String { urls[service] ?? "" }
}

/// The databases, one for each service that owns data.
enum Database: String, CaseIterable, Sendable {
  case shop, order, payment, rider, review
  case provider = "payment_provider"

  /// Those whose service publishes events, with the stream's name.
  static let publishers: [Database] = [.shop, .order, .payment, .rider, .review]
}
