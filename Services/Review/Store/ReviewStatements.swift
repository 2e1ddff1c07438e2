import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// Inserts a review if there is an invitation, adds it to the shop's rating, adds both events to the outbox, and stores the response
/// under the idempotency key, if there is one.
///
/// The rating's row is locked last and until the commit, which serializes the reviews of a shop.
struct InsertReview: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      INSERT INTO reviews (id, order_id, shop_id, owner_id, customer_id, rating, text, version)
      SELECT $1, order_id, shop_id, owner_id, customer_id, $4, $5, 1
      FROM invitations
      WHERE order_id = $2 AND customer_id = $3
      ON CONFLICT ON CONSTRAINT reviews_order DO NOTHING
      RETURNING *
    ), rating AS (
      INSERT INTO ratings (shop_id, count, sum, version)
      SELECT shop_id, 1, rating, 1 FROM changed
      ON CONFLICT (shop_id) DO UPDATE
      SET count = ratings.count + 1, sum = ratings.sum + EXCLUDED.sum, version = ratings.version + 1, updated_at = now()
      RETURNING shop_id AS id, version
    ), event AS (
      \(Outbox.insert(.reviewPosted, from: 6))
    ), rating_event AS (
      \(Outbox.insert(.ratingChanged, of: "rating", from: 8))
    ), response AS (
      SELECT id, version, \(ReviewDocument.review("changed")) AS document FROM changed
    ), stored AS (
      \(IdempotencyKeys.insert(from: 10))
    )
    SELECT id, version, document FROM response
    """
  let id: Identifier
  let review: NewReview
  let customer: Identifier
  let events: ReviewEvents
  let request: IdempotentRequest?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(review.orderId)
    parameters.append(customer)
    parameters.append(review.rating)
    parameters.append(review.text)
    events.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }
}

/// Sets the owner's reply. Repeating the same text returns the unchanged review and adds no event.
struct UpdateReply: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE reviews
      SET reply = $4, replied_at = now(), version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND owner_id = $3 AND deleted_at IS NULL
        AND reply IS DISTINCT FROM $4
      RETURNING *
    ), event AS (
      \(Outbox.insert(.reviewReplied, from: 5))
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
    parameters.append(owner)
    parameters.append(text)
    event.bind(&parameters)
  }
}

/// Deletes a review and subtracts it from the shop's rating. The texts are erased; the row remains as a tombstone with the last version.
struct UpdateReviewDeleted: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH changed AS (
      UPDATE reviews
      SET text = '', reply = NULL, replied_at = NULL, deleted_at = now(), version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND customer_id = coalesce($3, customer_id) AND deleted_at IS NULL
      RETURNING *
    ), rating AS (
      UPDATE ratings
      SET count = ratings.count - 1, sum = ratings.sum - changed.rating, version = ratings.version + 1, updated_at = now()
      FROM changed
      WHERE ratings.shop_id = changed.shop_id
      RETURNING ratings.shop_id AS id, ratings.version
    ), event AS (
      \(Outbox.insert(.reviewDeleted, from: 4))
    ), rating_event AS (
      \(Outbox.insert(.ratingChanged, of: "rating", from: 6))
    )
    SELECT version FROM changed
    """
  let target: ReviewTarget
  let customer: Identifier?
  let events: ReviewEvents

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(customer)
    events.bind(&parameters)
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
    parameters.append(id)
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    try Row(owner: row.next(), customer: row.next(), version: row.next(), isDeleted: row.next())
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
    parameters.append(id)
    parameters.append(expectedVersion)
  }
}
