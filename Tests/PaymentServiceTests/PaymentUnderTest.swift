import Contracts
import Crypto
import Postgres
import Telemetry
import TestSupport
import Testing

/// A `payment` process with its servers and a fake card network.
struct PaymentUnderTest: Sendable {
  let postgres: PostgresServer
  let database: String
  let events: RedisServer
  let network: FakeCardNetwork
  let process: ServiceProcess
  let environment: [String: String]

  static let order = "service:00000000-0000-7000-8000-000000008102"
  static let `operator` = "operator:0197a6b2-0000-7000-8000-000000000009"
  static let customer = Identifier("0197a6b2-0000-7000-8000-000000000001")!
  static let webhookSecret = "webhook-secret"

  var api: RESTClient { RESTClient(process.url, principal: Self.order) }

  static func start(failpoint: String = "", deadline: String = "1s") async throws -> PaymentUnderTest {
    let postgres = try await PostgresServer.shared()
    let database = try await postgres.createDatabase(for: "payment")
    let events = try await RedisServer(.events)
    let network = FakeCardNetwork()
    let environment = [
      "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
      "POSTGRES_DATABASE": database, "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default",
      "EVENTS_REDIS_PASSWORD": "any", "INSTANCE": "payment-1", "PROVIDER_URL": try await network.start(),
      "PROVIDER_KEY": FakeCardNetwork.key,
      "PROVIDER_WEBHOOK_SECRET": webhookSecret, "PROVIDER_DEADLINE": deadline,
    ]
    let process = try await ServiceProcess("payment", environment: environment.merging(["FAILPOINT": failpoint]) { $1 })
    return PaymentUnderTest(
      postgres: postgres, database: database, events: events, network: network, process: process, environment: environment)
  }

  /// Starts the service again after a crash, without a failpoint.
  func restarted() async throws -> PaymentUnderTest {
    PaymentUnderTest(
      postgres: postgres, database: database, events: events, network: network,
      process: try await ServiceProcess("payment", environment: environment), environment: environment)
  }

  private static let sharedInstance = Task { try await start() }

  static func shared() async throws -> PaymentUnderTest {
    try requireServers()
    return try await sharedInstance.value
  }

  // MARK: Commands

  /// The content of a payment request.
  struct Draft: Sendable {
    var id = Identifier.v7(at: .now())
    var orderId = Identifier.v7(at: .now())
    var amount: Int64 = 23_000
    var token = "tok_visa"

    var body: String {
      """
      {"id":"\(id)","orderId":"\(orderId)","customerId":"\(PaymentUnderTest.customer)",\
      "amount":{"amount":\(amount),"currency":"KRW"},"token":"\(token)"}
      """
    }
  }

  func request(_ draft: Draft, key: String? = nil) async throws -> RESTAnswer {
    try await api.send(
      "POST", "/payments", draft.body, headers: ["Idempotency-Key": key ?? "checkout-\(draft.orderId)-authorize"])
  }

  func authorized(_ draft: Draft = Draft()) async throws -> Draft {
    let response = try await request(draft)
    try #require(response.status == 201, "\(response.text)")
    return draft
  }

  func captured(_ draft: Draft = Draft()) async throws -> Draft {
    let draft = try await authorized(draft)
    let response = try await capture(draft)
    try #require(response.status == 200, "\(response.text)")
    return draft
  }

  func capture(_ draft: Draft, key: String = "capture") async throws -> RESTAnswer {
    try await api.send("POST", "/payments/\(draft.id)/capture", "{}", headers: ["Idempotency-Key": "\(draft.id)-\(key)"])
  }

  func void(_ draft: Draft, key: String = "void") async throws -> RESTAnswer {
    try await api.send(
      "POST", "/payments/\(draft.id)/void", #"{"orderId":"\#(draft.orderId)"}"#,
      headers: ["Idempotency-Key": "\(draft.id)-\(key)"])
  }

  func refund(_ draft: Draft, _ amount: Int64? = nil, key: String = "refund") async throws -> RESTAnswer {
    let body = amount.map { #"{"amount":{"amount":\#($0),"currency":"KRW"}}"# } ?? "{}"
    return try await api.send(
      "POST", "/payments/\(draft.id)/refund", body, headers: ["Idempotency-Key": "\(draft.id)-\(key)"])
  }

  func payment(_ draft: Draft) async throws -> Payment {
    try await api.get("/payments/\(draft.id)").decode(Payment.self)
  }

  /// Waits until the payment has the status and nothing is pending.
  func waitFor(_ draft: Draft, _ status: PaymentStatus, within limit: Duration = .seconds(8)) async throws {
    try await eventually(within: limit, "\(status) of \(draft.id)") {
      let payment = try await payment(draft)
      return payment.status == status && payment.pending == nil
    }
  }

  // MARK: Database contents

  func sql(_ text: String) async throws -> String {
    try await postgres.psql(text, database: database)
  }

  func events(of draft: Draft) async throws -> [String] {
    try await sql("SELECT sequence || ' ' || type FROM outbox WHERE subject = '\(draft.id)' ORDER BY position")
      .split(separator: "\n").map(String.init)
  }

  /// Kinds and amounts of a payment's ledger transactions.
  func ledger(of draft: Draft) async throws -> [String] {
    try await sql("SELECT kind || ' ' || amount FROM ledger_transactions WHERE payment_id = '\(draft.id)' ORDER BY version")
      .split(separator: "\n").map(String.init)
  }

  // MARK: Webhooks

  func webhook(_ draft: Draft, id: String = Identifier.v7(at: .now()).description) async throws -> RESTAnswer {
    let body = """
      {"id":"\(id)","type":"authorization.approved","authorizationId":"x","reference":"\(draft.id)",\
      "occurredAt":"2026-01-02T03:04:05.678Z"}
      """
    return try await api.acting(as: nil).send(
      "POST", "/provider/webhooks", body, headers: ["Provider-Signature": Self.signature(body)])
  }

  static func signature(_ body: String, secret: String = webhookSecret, at seconds: Int64 = Timestamp.now().milliseconds / 1000)
    -> String
  {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("\(seconds).\(body)".utf8), using: SymmetricKey(data: Array(secret.utf8)))
    return "t=\(seconds),v1=" + code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
