import Contracts
import Persistence
import Postgres

/// Inserts a batch of invitations; existing ones are unchanged.
struct InsertInvitations: PostgresStatement {
  static let sql = """
    INSERT INTO invitations (order_id, customer_id, shop_id, owner_id, delivered_at)
    SELECT order_id, customer_id, shop_id, owner_id, to_timestamp(delivered_at / 1000.0)
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[])
      AS invitation (order_id, customer_id, shop_id, owner_id, delivered_at)
    ON CONFLICT (order_id) DO NOTHING
    """
  let invitations: [Invitation]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(invitations.map(\.orderId))
    parameters.append(invitations.map(\.customerId))
    parameters.append(invitations.map(\.shopId))
    parameters.append(invitations.map(\.ownerId))
    parameters.append(invitations.map(\.deliveredAt.milliseconds))
  }
}

/// A customer's invitations without a review, the latest order first.
struct SelectOpenInvitations: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT order_id, 1, \(ReviewDocument.invitation)
    FROM invitations
    WHERE customer_id = $1 AND order_id < coalesce($2::uuid, '\(Identifier.highest)')
      AND NOT EXISTS (SELECT FROM reviews WHERE reviews.order_id = invitations.order_id)
    ORDER BY order_id DESC
    LIMIT $3
    """
  let customer: Identifier
  let cursor: Identifier?
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(customer)
    parameters.append(cursor)
    parameters.append(limit)
  }
}

/// Whether a customer has reviewed an order, including a deleted review. Otherwise the review was rejected because there was no
/// invitation at that time.
struct FindReviewOfOrder: PostgresStatement {
  typealias Row = Bool
  static let isReadOnly = true
  static let sql = "SELECT EXISTS (SELECT FROM reviews WHERE order_id = $1 AND customer_id = $2)"
  let order: Identifier
  let customer: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(order)
    parameters.append(customer)
  }
}
