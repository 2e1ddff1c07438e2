import Persistence
import Contracts
import Idempotency
import Postgres

/// Rows of the services' databases that several invariants need; each query runs once, on first use.
actor DatabaseFacts {
  struct OrderRow: Sendable {
    let id: Identifier
    let version: Int64
    let status: OrderStatus
    let customerId: Identifier
    let shopId: Identifier
    let paymentId: Identifier
    /// Whole won.
    let total: Int64
    let placedAt: Timestamp
  }

  struct PaymentRow: Sendable {
    let id: Identifier
    let orderId: Identifier
    let version: Int64
    let status: PaymentStatus
    /// Whole won.
    let amount, captured, refunded: Int64
  }

  struct DeliveryRow: Sendable {
    let id: Identifier
    let orderId: Identifier
    let version: Int64
    let status: DeliveryStatus
    let riderId: Identifier?
    /// Every status in its timeline.
    let statuses: Set<String>
  }

  struct ReviewRow: Sendable {
    let id: Identifier
    let orderId: Identifier
    let shopId: Identifier
    let version: Int64
    let rating: Int64
    let isDeleted: Bool
  }

  /// The card network's record of a payment.
  struct AuthorizationRow: Sendable {
    /// The payment's id.
    let reference: String
    let status: String
    /// Whole won.
    let amount, captured, refunded: Int64
    /// The sums of its operations, which it keeps for a day.
    let capturedByOperations, refundedByOperations: Int64
  }

  private var cache: [String: any Sendable] = [:]

  /// The rows of a query, cached by the type of its statement.
  func rows<Statement: PostgresStatement>(_ statement: Statement, _ query: (Statement) async throws -> [Statement.Row])
    async throws
    -> [Statement.Row]
  {
    let key = "\(Statement.self)"
    if let cached = cache[key] as? [Statement.Row] { return cached }
    let rows = try await query(statement)
    cache[key] = rows
    return rows
  }
}

/// The number and sum of a shop's ratings.
struct RatingTotals: Hashable, Sendable, CustomStringConvertible {
  var count = 0
  var sum = 0

  var rating: Rating { count == 0 ? .none : Rating(average: Double(sum) / Double(count), count: count) }
  var description: String { "\(sum) stars in \(count) reviews" }
}

extension AuditContext {
  func orders() async throws -> [DatabaseFacts.OrderRow] {
    try await facts.rows(SelectOrders()) { try await query($0, of: .order) }
  }

  func ordersByID() async throws -> [Identifier: DatabaseFacts.OrderRow] {
    Dictionary(uniqueKeysWithValues: try await orders().map { ($0.id, $0) })
  }

  /// By id.
  func payments() async throws -> [Identifier: DatabaseFacts.PaymentRow] {
    let rows = try await facts.rows(SelectPayments()) { try await query($0, of: .payment) }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
  }

  func deliveriesByID() async throws -> [Identifier: DatabaseFacts.DeliveryRow] {
    let rows = try await facts.rows(SelectDeliveries()) { try await query($0, of: .rider) }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
  }

  func reviewsByID() async throws -> [Identifier: DatabaseFacts.ReviewRow] {
    let rows = try await facts.rows(SelectReviews()) { try await query($0, of: .review) }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
  }

  /// The rating totals of each shop, without deleted reviews.
  func ratingTotals() async throws -> [Identifier: RatingTotals] {
    var ratingTotals: [Identifier: RatingTotals] = [:]
    for review in try await reviewsByID().values where !review.isDeleted {
      ratingTotals[review.shopId, default: RatingTotals()].count += 1
      ratingTotals[review.shopId, default: RatingTotals()].sum += Int(review.rating)
    }
    return ratingTotals
  }

  /// Orders whose customers were invited to review them.
  func invitations() async throws -> [Identifier] {
    try await facts.rows(SelectInvitations()) { try await query($0, of: .review) }
  }

  /// By reference.
  func authorizations() async throws -> [String: DatabaseFacts.AuthorizationRow] {
    let rows = try await facts.rows(SelectAuthorizations()) { try await query($0, of: .provider) }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.reference, $0) })
  }
}

struct SelectOrders: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT order_id, version, status, customer_id, shop_id, payment_id, total, (extract(epoch FROM placed_at) * 1000)::bigint
    FROM order_snapshots
    """

  static func decode(_ row: inout PostgresRow) throws -> DatabaseFacts.OrderRow {
    try DatabaseFacts.OrderRow(
      id: row.next(), version: row.next(), status: row.next(), customerId: row.next(), shopId: row.next(),
      paymentId: row.next(), total: row.next(), placedAt: Timestamp(milliseconds: row.next()))
  }
}

struct SelectPayments: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT id, order_id, version, status, amount, captured, refunded FROM payments"

  static func decode(_ row: inout PostgresRow) throws -> DatabaseFacts.PaymentRow {
    try DatabaseFacts.PaymentRow(
      id: row.next(), orderId: row.next(), version: row.next(), status: row.next(), amount: row.next(),
      captured: row.next(), refunded: row.next())
  }
}

struct SelectDeliveries: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT id, order_id, version, status, rider_id, (SELECT string_agg(change ->> 'status', ' ') FROM jsonb_array_elements(timeline) AS change)
    FROM deliveries
    """

  static func decode(_ row: inout PostgresRow) throws -> DatabaseFacts.DeliveryRow {
    try DatabaseFacts.DeliveryRow(
      id: row.next(), orderId: row.next(), version: row.next(), status: row.next(), riderId: row.next(),
      statuses: Set(row.next(String.self).split(separator: " ").map(String.init)))
  }
}

struct SelectReviews: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT id, order_id, shop_id, version, rating, deleted_at IS NOT NULL FROM reviews"

  static func decode(_ row: inout PostgresRow) throws -> DatabaseFacts.ReviewRow {
    try DatabaseFacts.ReviewRow(
      id: row.next(), orderId: row.next(), shopId: row.next(), version: row.next(), rating: row.next(),
      isDeleted: row.next())
  }
}

struct SelectAuthorizations: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT reference, status, authorizations.amount, captured, refunded,
      coalesce(sum(operations.amount) FILTER (WHERE kind = 'capture'), 0)::bigint,
      coalesce(sum(operations.amount) FILTER (WHERE kind = 'refund'), 0)::bigint
    FROM authorizations LEFT JOIN operations ON operations.authorization_id = authorizations.id
    GROUP BY authorizations.id
    """

  static func decode(_ row: inout PostgresRow) throws -> DatabaseFacts.AuthorizationRow {
    try DatabaseFacts.AuthorizationRow(
      reference: row.next(), status: row.next(), amount: row.next(), captured: row.next(), refunded: row.next(),
      capturedByOperations: row.next(), refundedByOperations: row.next())
  }
}

struct SelectInvitations: PostgresStatement {
  typealias Row = Identifier
  static let isReadOnly = true
  static let sql = "SELECT order_id FROM invitations"
}

/// The rating totals that `review` stores for each shop.
struct SelectRatings: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT shop_id, count, sum FROM ratings WHERE count > 0"

  static func decode(_ row: inout PostgresRow) throws -> (shop: Identifier, ratingTotals: RatingTotals) {
    try (row.next(), RatingTotals(count: row.next(), sum: row.next()))
  }
}

/// A shop in the order service's replica.
struct ShopReplica: Sendable {
  let version: Int64
  let isDeleted: Bool
  let name: String?
  let status: String?
  /// Whole won.
  let minimumOrder, deliveryFee: Int64?
  /// By the items' ids: `{"name": …, "price": won}`.
  let menu: [UInt8]
}

struct SelectShopReplicas: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT id, version, deleted, name, status, minimum_order, delivery_fee, menu::text FROM shops WHERE id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }

  static func decode(_ row: inout PostgresRow) throws -> (id: Identifier, copy: ShopReplica) {
    try (
      row.next(),
      ShopReplica(
        version: row.next(), isDeleted: row.next(), name: row.next(), status: row.next(), minimumOrder: row.next(),
        deliveryFee: row.next(), menu: row.next())
    )
  }
}

/// The deleted shops.
struct SelectDeletedShops: PostgresStatement {
  typealias Row = Identifier
  static let isReadOnly = true
  static let sql = "SELECT id FROM shops WHERE deleted_at IS NOT NULL"
}

/// Orders with an event after a final one.
struct SelectResurrectedOrders: PostgresStatement {
  typealias Row = Identifier
  static let isReadOnly = true
  static let sql = """
    SELECT DISTINCT ended.order_id
    FROM order_events AS ended JOIN order_events AS later ON later.order_id = ended.order_id AND later.version > ended.version
    WHERE ended.type IN ('order.delivered', 'order.paymentFailed', 'order.rejected', 'order.cancelled', 'order.expired')
    """
}
