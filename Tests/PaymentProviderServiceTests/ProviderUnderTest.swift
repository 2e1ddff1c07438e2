import Contracts
import Logging
import TestSupport

let quietLogger: Logger = {
  var logger = Logger(label: "payment-provider-tests")
  logger.logLevel = .critical
  return logger
}()

/// One `payment-provider` process with a database of its own.
struct ProviderUnderTest: Sendable {
  static let key = "test-key"
  static let webhookSecret = "test-secret"

  let postgres: PostgresServer
  let database: String
  let process: ServiceProcess

  /// Starts a process of its own, for tests that inject faults.
  static func start(webhookPort: Int = 9, _ settings: [String: String] = [:]) async throws -> ProviderUnderTest {
    let postgres = try await PostgresServer.shared()
    let database = try await postgres.createDatabase(for: "provider")
    let process = try await ServiceProcess(
      "payment-provider",
      environment: [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
        "POSTGRES_DATABASE": database, "POSTGRES_PIPELINES": "4", "API_KEY": key, "WEBHOOK_SECRET": webhookSecret,
        "WEBHOOK_URL": "http://127.0.0.1:\(webhookPort)/provider/webhooks", "INSTANCE": "payment-provider-1",
      ].merging(settings) { $1 })
    return ProviderUnderTest(postgres: postgres, database: database, process: process)
  }

  private static let sharedInstance = Task { try await start() }

  /// The process of all tests that do not change its settings.
  static func shared() async throws -> ProviderUnderTest {
    try requireServers()
    return try await sharedInstance.value
  }

  func sql(_ text: String) async throws -> String {
    try await postgres.psql(text, database: database)
  }

  func get(_ path: String) async throws -> RESTAnswer {
    try await RESTClient(process.url).get(path, headers: ["Authorization": "Bearer \(Self.key)"])
  }

  func post(
    _ path: String, _ body: String, key: String = Identifier.fresh().description, within limit: Duration = .seconds(10)
  ) async throws -> RESTAnswer {
    try await RESTClient(process.url).send(
      "POST", path, body, headers: ["Authorization": "Bearer \(Self.key)", "Idempotency-Key": key], within: limit)
  }

  func setFaults(_ body: String) async throws -> RESTAnswer {
    try await RESTClient(process.url).send(
      "PUT", "/admin/behaviour", body, headers: ["Authorization": "Bearer \(Self.key)"])
  }

  static func order(_ reference: String, amount: Int = 23_000, token: String = "tok_visa") -> String {
    #"{"reference":"\#(reference)","amount":{"amount":\#(amount),"currency":"KRW"},"token":"\#(token)"}"#
  }

  static func money(_ amount: Int) -> String {
    #"{"amount":{"amount":\#(amount),"currency":"KRW"}}"#
  }

  func authorize(
    _ reference: String = Identifier.fresh().description, amount: Int = 23_000, token: String = "tok_visa"
  ) async throws -> AuthorizationView {
    try await post("/authorizations", Self.order(reference, amount: amount, token: token)).decode(AuthorizationView.self)
  }

  func found(_ reference: String) async throws -> AuthorizationView? {
    struct Found: Decodable { let items: [AuthorizationView] }
    return try await get("/authorizations?reference=\(reference)").decode(Found.self).items.first
  }
}

/// An authorization as the API returns it.
struct AuthorizationView: Decodable, Hashable, Sendable {
  var id: Identifier
  var reference: String
  var amount: Money
  var status: String
  var declineCode: String?
  var captured: Money
  var refunded: Money
  var createdAt: Timestamp
}

extension Identifier {
  static func fresh() -> Identifier { .v7(at: Timestamp(milliseconds: 1_700_000_000_000)) }
}

/// Executes `body` the given number of times, concurrently.
func simultaneously<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: Value.self) { group in
    for index in 0..<count { group.addTask { try await body(index) } }
    return try await group.reduce(into: []) { $0.append($1) }
  }
}
