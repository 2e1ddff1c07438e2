import Contracts
import Crypto
import Logging
import Telemetry
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

let quietLogger: Logger = {
  var logger = Logger(label: "identity-tests")
  logger.logLevel = .critical
  return logger
}()

/// An `identity` process with its servers and minimal scrypt cost.
struct IdentityUnderTest: Sendable {
  static let operatorEmail = "operator@baedal.example"
  static let operatorPassword = "the first operator's"
  static let password = "correct horse battery"
  /// The secret of the client `order`.
  static let clientSecret = "a long random: secret"

  let postgres: PostgresServer
  let database: String
  let events: RedisServer
  let environment: [String: String]
  let process: ServiceProcess

  /// A separate process with its own database, for tests that stop it or change its settings.
  static func start(_ settings: [String: String] = [:]) async throws -> IdentityUnderTest {
    let postgres = try await PostgresServer.shared()
    let database = try await postgres.createDatabase(for: "identity")
    let events = try await RedisServer(.events)
    let hash = SHA256.hash(data: Array(clientSecret.utf8)).map { byte in
      byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }.joined()
    let environment = [
      "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
      "POSTGRES_DATABASE": database, "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default",
      "EVENTS_REDIS_PASSWORD": "any", "INSTANCE": "identity-1", "OPERATOR_PASSWORD": operatorPassword,
      "CLIENTS": "order:\(hash),rider:\(hash)", "KEYS_ENCRYPTION_SECRET": String(repeating: "5a", count: 32),
      "PASSWORDS_COST": "4", "PASSWORDS_ROUNDS": "1",
    ].merging(settings) { $1 }
    let process = try await ServiceProcess("identity", environment: environment)
    return IdentityUnderTest(
      postgres: postgres, database: database, events: events, environment: environment, process: process)
  }

  private static let sharedInstance = Task { try await start() }

  /// One instance for the tests that leave it running.
  static func shared() async throws -> IdentityUnderTest {
    try requireServers()
    return try await sharedInstance.value
  }

  /// A second process with the same database.
  func secondInstance(_ settings: [String: String] = [:]) async throws -> IdentityUnderTest {
    let environment = environment.merging(["INSTANCE": "identity-2"]) { $1 }.merging(settings) { $1 }
    return IdentityUnderTest(
      postgres: postgres, database: database, events: events, environment: environment,
      process: try await ServiceProcess("identity", environment: environment))
  }

  var anonymous: RESTClient { RESTClient(process.url) }

  /// A client that sends an access token.
  func client(bearing token: String) -> RESTClient { RESTClient(process.url, principal: token) }

  func sql(_ text: String) async throws -> String {
    try await postgres.psql(text, database: database)
  }

  // MARK: Accounts

  struct Session: Decodable, Sendable {
    struct Holder: Decodable, Sendable {
      let id: Identifier
      let role: AccountRole
      let name: String
    }
    let accessToken: String
    let tokenType: String
    let expiresIn: Int
    let refreshToken: String
    let refreshExpiresIn: Int
    let account: Holder
  }

  static func freshEmail() -> String { "mina.\(Identifier.v7(at: .now()))@example.com" }

  func register(
    _ email: String = freshEmail(), password: String = password, role: String = "customer", by client: RESTClient? = nil
  ) async throws -> RESTAnswer {
    let body = #"{"email":"\#(email)","password":"\#(password)","name":"김민아","role":"\#(role)"}"#
    return try await (client ?? anonymous).send("POST", "/accounts", body)
  }

  func signIn(_ email: String, _ password: String = password, headers: [String: String] = [:]) async throws -> RESTAnswer {
    try await anonymous.send("POST", "/sessions", #"{"email":"\#(email)","password":"\#(password)"}"#, headers: headers)
  }

  /// Registers an account and signs in to it.
  func signedInAccount(role: String = "customer") async throws -> (account: Account, session: Session) {
    let account = try await register(role: role).decode(Account.self)
    return (account, try await signIn(account.email).decode(Session.self))
  }

  func operatorClient() async throws -> RESTClient {
    client(bearing: try await signIn(Self.operatorEmail, Self.operatorPassword).decode(Session.self).accessToken)
  }

  func refresh(_ token: String) async throws -> RESTAnswer {
    try await anonymous.send("POST", "/sessions/refresh", #"{"refreshToken":"\#(token)"}"#)
  }

  func end(_ token: String) async throws -> RESTAnswer {
    try await anonymous.send("POST", "/sessions/end", #"{"refreshToken":"\#(token)"}"#)
  }

  // MARK: Services

  /// `POST /token`, with the credentials by HTTP Basic.
  func token(
    _ credentials: String? = "order:a+long+random%3A+secret", form: String = "grant_type=client_credentials",
    type: String = "application/x-www-form-urlencoded"
  ) async throws -> RESTAnswer {
    var headers = ["Content-Type": type]
    if let credentials { headers["Authorization"] = "Basic \(Self.base64(credentials))" }
    return try await anonymous.send("POST", "/token", form, headers: headers)
  }

  func serviceClient() async throws -> RESTClient {
    struct TokenResponse: Decodable { let access_token: String }
    return client(bearing: try await token().decode(TokenResponse.self).access_token)
  }

  static func base64(_ text: String) -> String {
    let plain = Base64URL.encode(Array(text.utf8)).map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()
    return plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
  }

  /// The types of the events of an account, in the order of the outbox.
  func events(of account: Identifier) async throws -> String {
    try await sql("SELECT string_agg(type || ' ' || sequence, ', ' ORDER BY position) FROM outbox WHERE subject = '\(account)'")
  }
}

/// Decodes the header (0) or the claims (1) of a token.
func part<Value: Decodable>(_ index: Int, of token: String, as type: Value.Type) throws -> Value {
  let parts = token.split(separator: ".")
  let bytes = try #require(parts.count == 3 ? Base64URL.decode(parts[index]) : nil)
  return try JSONDecoder().decode(type, from: Data(bytes))
}

/// Runs an operation `count` times concurrently.
func concurrently<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: Value.self) { group in
    for index in 0..<count { group.addTask { try await body(index) } }
    return try await group.reduce(into: []) { $0.append($1) }
  }
}
