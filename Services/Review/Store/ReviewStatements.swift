import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Inserts a review if there is an invitation, adds it to the shop's rating, adds both events to the outbox, and stores the response
/// under the idempotency key, if there is one.
///
/// The rating's row is locked last and until the commit, which serializes the reviews of a shop.
struct InsertReview: PostgresStatement {
  static let sql = """
    WITH review AS (
      INSERT INTO reviews (id, order_id, shop_id, owner_id, customer_id, rating, text, version)
      SELECT $1, order_id, shop_id, owner_id, customer_id, $4, $5, 1
      FROM invitations
      WHERE order_id = $2 AND customer_id = $3
      ON CONFLICT ON CONSTRAINT reviews_order DO NOTHING
      RETURNING *
    ), rating AS (
      INSERT INTO ratings (shop_id, count, sum, version)
      SELECT shop_id, 1, rating, 1 FROM review
      ON CONFLICT (shop_id) DO UPDATE
      SET count = ratings.count + 1, sum = ratings.sum + EXCLUDED.sum, version = ratings.version + 1, updated_at = now()
      RETURNING shop_id, version
    ), events AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $6::uuid, 'review.posted', review.id, review.version, $7 FROM review
      UNION ALL
      SELECT $8::uuid, 'rating.changed', rating.shop_id, rating.version, $9 FROM rating
    ), answer AS (
      SELECT review.id, review.version, \(ReviewDocument.review("review")) AS document FROM review
    ), remembered AS (
      INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body)
      SELECT $10, $11, $12, answer.id, answer.version, answer.document FROM answer WHERE $11::text IS NOT NULL
    )
    SELECT id, version, document FROM answer
    """
  let id: Identifier
  let review: NewReview
  let customer: Identifier
  let events: ReviewEvents
  let request: IdempotentRequest?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(review.orderId.description)
    parameters.append(customer.description)
    parameters.append(review.rating)
    parameters.append(review.text)
    events.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Sets the owner's reply. Repeating the same text returns the unchanged review and adds no event.
struct UpdateReply: PostgresStatement {
  static let sql = """
    WITH changed AS (
      UPDATE reviews
      SET reply = $4, replied_at = now(), version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND owner_id = $3 AND deleted_at IS NULL
        AND reply IS DISTINCT FROM $4
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $5, 'review.replied', changed.id, changed.version, $6 FROM changed
    ), review AS (
      SELECT * FROM changed
      UNION ALL
      SELECT * FROM reviews
      WHERE id = $1 AND version = coalesce($2, version) AND owner_id = $3 AND deleted_at IS NULL AND reply = $4
        AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT review.id, review.version, \(ReviewDocument.review("review")) FROM review
    """
  let target: ReviewTarget
  let owner: Identifier
  let text: String
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(owner.description)
    parameters.append(text)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Deletes a review and subtracts it from the shop's rating. The texts are erased; the row remains as a tombstone with the last version.
struct UpdateReviewDeleted: PostgresStatement {
  static let sql = """
    WITH review AS (
      UPDATE reviews
      SET text = '', reply = NULL, replied_at = NULL, deleted_at = now(), version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND customer_id = coalesce($3, customer_id) AND deleted_at IS NULL
      RETURNING *
    ), rating AS (
      UPDATE ratings
      SET count = ratings.count - 1, sum = ratings.sum - review.rating, version = ratings.version + 1, updated_at = now()
      FROM review
      WHERE ratings.shop_id = review.shop_id
      RETURNING ratings.shop_id, ratings.version
    ), events AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $4::uuid, 'review.deleted', review.id, review.version, $5 FROM review
      UNION ALL
      SELECT $6::uuid, 'rating.changed', rating.shop_id, rating.version, $7 FROM rating
    )
    SELECT version FROM review
    """
  let target: ReviewTarget
  let customer: Identifier?
  let events: ReviewEvents

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(customer?.description)
    events.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int64 {
    try row.next(Int64.self)
  }
}

/// The state that explains why a command was rejected; queried only after its guarded statement returned no row.
struct SelectRejectionState: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT owner_id, customer_id, version, deleted_at IS NOT NULL FROM reviews WHERE id = $1"
  let id: Identifier

  struct Row: Sendable {
    let owner: Identifier
    let customer: Identifier
    let version: Int64
    let isDeleted: Bool
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    Row(
      owner: try row.identifier(), customer: try row.identifier(), version: try row.next(Int64.self),
      isDeleted: try row.next(Bool.self))
  }
}

/// The outbox entries of a statement that changes a review and its shop's rating: four parameters.
struct ReviewEvents: Sendable {
  let review: OutboxEntry
  let rating: OutboxEntry

  static func now() -> ReviewEvents {
    ReviewEvents(review: .now(), rating: .now())
  }

  func bind(_ parameters: inout PostgresParameters) {
    review.bind(&parameters)
    rating.bind(&parameters)
  }
}

extension ReviewTarget {
  /// Two parameters: the review and the expected version.
  fileprivate func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(expectedVersion)
  }
}
