import Crypto
import ServiceCatalogue

/// All services of the system on free ports, with their own PostgreSQL and Redis servers.
public struct OrderStack: Sendable {
  public static let names = ServiceCatalogue.standard.services.map(\.name)

  /// The services that call others with their own tokens.
  private static let callers = ServiceCatalogue.standard.services.filter { !$0.calls.isEmpty }.map(\.name)
  private static let clientSecret = "client-secret-of-the-tests"
  private static let accountsPassword = "password-of-the-accounts"
  private static let `operator` = (email: "operator@baedal.example", password: "password-of-the-operator")

  public let postgres: PostgresServer
  public let events: RedisServer
  public let cache: RedisServer
  private let services: [String: ServiceProcess]

  /// Short deadlines, cheap password hashing, the fake card network's key and secret, and identity's clients.
  static let testSettings = [
    "SAGA_PAYMENT_DEADLINE": "20s", "SAGA_SHOP_DEADLINE": "8s", "SAGA_CAPTURE_DEADLINE": "20s", "SAGA_RIDER_DEADLINE": "30s",
    "SAGA_DELIVERY_DEADLINE": "60s", "OFFER_TIMEOUT": "3s", "OFFER_RETRY": "200ms", "PROVIDER_DEADLINE": "1s",
    "PROVIDER_KEY": "key-of-the-tests", "API_KEY": "key-of-the-tests", "PROVIDER_WEBHOOK_SECRET": "secret-of-the-tests",
    "WEBHOOK_SECRET": "secret-of-the-tests", "PASSWORDS_COST": "4", "PASSWORDS_ROUNDS": "1", "RATE_PRINCIPAL": "1000",
    "RATE_PRINCIPAL_BURST": "2000", "OPERATOR_EMAIL": `operator`.email, "OPERATOR_PASSWORD": `operator`.password,
    "KEYS_ENCRYPTION_SECRET": String(repeating: "0f", count: 32), "AUTH_CLIENT_SECRET": clientSecret,
    "CLIENTS": callers.map { "\($0):\(hash(of: clientSecret))" }.joined(separator: ","),
  ]

  /// Starts all servers and services, and waits until all services are ready.
  ///
  /// - Parameter settings: additional settings of every service.
  public static func start(_ settings: [String: String] = [:]) async throws -> OrderStack {
    let postgres = try await PostgresServer()
    for database in ServiceCatalogue.standard.services.compactMap(\.database) {
      try await postgres.createDatabase(named: database)
    }
    let events = try await RedisServer(.events)
    let cache = try await RedisServer(.cache)
    let ports = try Dictionary(uniqueKeysWithValues: names.map { ($0, try FreePort.next()) })
    var environment = testSettings.merging([
      "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any", "POSTGRES_PIPELINES": "4",
      "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
      "CACHE_REDIS_PORT": "\(cache.port)", "CACHE_REDIS_USER": "default", "CACHE_REDIS_PASSWORD": "any",
    ]) { $1 }
    for (name, port) in ports { environment["\(variable(name))_URL"] = "http://127.0.0.1:\(port)" }
    environment["AUTH_KEYS_URL"] = environment["IDENTITY_URL"].map { "\($0)/.well-known/jwks.json" }
    environment["AUTH_TOKEN_URL"] = environment["IDENTITY_URL"].map { "\($0)/token" }
    environment["PROVIDER_URL"] = environment["PAYMENT_PROVIDER_URL"]
    environment["WEBHOOK_URL"] = (environment["PAYMENT_URL"] ?? "") + "/provider/webhooks"
    environment.merge(settings) { $1 }
    let services = try Dictionary(
      uniqueKeysWithValues: ports.map { name, port in
        (name, try ServiceProcess(name, port: port, environment: environment.merging(["INSTANCE": "\(name)-1"]) { $1 }))
      })
    try await withThrowingTaskGroup(of: Void.self) { group in
      for service in services.values { group.addTask { try await service.start() } }
      try await group.waitForAll()
    }
    return OrderStack(postgres: postgres, events: events, cache: cache, services: services)
  }

  /// A service, by the name of its executable.
  public subscript(name: String) -> ServiceProcess {
    guard let service = services[name] else { preconditionFailure("there is no service \(name)") }
    return service
  }

  /// An access token of the operator.
  public func operatorToken() async throws -> String {
    struct Session: Decodable { let accessToken: String }
    let body = #"{"email":"\#(Self.operator.email)","password":"\#(Self.operator.password)"}"#
    let response = try await RESTClient(self["identity"].url).send("POST", "/sessions", body)
    guard response.status == 201 else { throw ServerFailure(what: "the operator's sign-in", output: response.text) }
    return try response.decode(Session.self).accessToken
  }

  /// The environment of the auditor and the simulator.
  public var auditEnvironment: [String: String] {
    var environment = [
      "POSTGRES_PORT": "\(postgres.port)", "AUDITOR_POSTGRES_USER": postgres.user, "AUDITOR_POSTGRES_PASSWORD": "any",
      "EVENTS_REDIS_PORT": "\(events.port)", "CACHE_REDIS_PORT": "\(cache.port)", "AUDITOR_REDIS_USER": "default",
      "AUDITOR_REDIS_PASSWORD": "any", "ACCOUNTS_PASSWORD": Self.accountsPassword, "OPERATOR_EMAIL": Self.operator.email,
      "OPERATOR_PASSWORD": Self.operator.password,
    ]
    for (name, service) in services { environment["\(Self.variable(name))_URL"] = service.url }
    return environment
  }

  /// Stops all services and servers gracefully.
  public func stop() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for service in services.values { group.addTask { _ = try await service.stop() } }
      try await group.waitForAll()
    }
    try await events.stop()
    try await cache.stop()
    try await postgres.stop()
  }

  /// The hexadecimal SHA-256 of a client's secret, as in identity's CLIENTS.
  private static func hash(of secret: String) -> String {
    SHA256.hash(data: Array(secret.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// `ORDER_HISTORY` for `order-history`
  private static func variable(_ name: String) -> String {
    String(name.uppercased().map { $0 == "-" ? "_" : $0 })
  }
}
