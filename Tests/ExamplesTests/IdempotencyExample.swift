import Contracts
import Idempotency
import Persistence
import Postgres
import Telemetry

// example: idempotency
let giftMigrations =
  IdempotencyKeys.migrations + [
    PostgresMigration(
      number: 1, name: "create_gifts",
      sql: "CREATE TABLE gifts (id uuid PRIMARY KEY, amount bigint NOT NULL, version bigint NOT NULL)")
  ]

/// The effect and the response to it, in one statement. Of two requests with one key the second violates the primary key.
struct SendGift: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH response AS (
      INSERT INTO gifts (id, amount, version) VALUES ($1, $2, 1)
      RETURNING id, version, json_build_object('id', id, 'amount', amount)::text AS document
    ), stored AS (
      \(IdempotencyKeys.insert(from: 3))
    )
    SELECT id, version, document FROM response
    """
  let amount: Int
  let request: IdempotentRequest?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(Identifier.v7(at: .now()))
    parameters.append(amount)
    IdempotentRequest.bind(request, &parameters)
  }
}

/// - Throws: `IdempotencyKeyReused` if the key was used for another amount.
func sendGift(_ amount: Int, key: String, _ postgres: PostgresClient) async throws -> Document {
  let request = IdempotentRequest(principal: "customer:anna", key: key, fingerprint: "gift of \(amount)")
  return try await postgres.executeOnce(request) {
    try await postgres.execute(SendGift(amount: amount, request: request))[0]
  }
}
// example end
