import Contracts
import Persistence
import Postgres

/// The visibility predicate on a row of `deliveries`: customers and owners read their own, riders those that they deliver or have an
/// open offer of.
private enum Visibility {
  static let sql = """
    ($2 IN ('service', 'operator')
      OR $2 = 'customer' AND deliveries.customer_id = $3
      OR $2 = 'owner' AND deliveries.owner_id = $3
      OR $2 = 'rider' AND (
        deliveries.rider_id = $3
        OR EXISTS (
          SELECT FROM offers
          WHERE offers.delivery_id = deliveries.id AND offers.rider_id = $3 AND offers.status = 'open'
            AND offers.expires_at > now())))
    """
}

/// A delivery, if the reader may see it; a tombstone without a document.
struct SelectDelivery: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT deliveries.id, deliveries.version, \(DeliveryDocument.live("deliveries"))
    FROM deliveries
    WHERE deliveries.id = $1 AND \(Visibility.sql)
    """
  let id: Identifier
  let reader: Reader

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    reader.bind(&parameters)
  }
}

/// The delivery of an order, if the reader may see it.
struct SelectDeliveryOfOrder: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT deliveries.id, deliveries.version, \(DeliveryDocument.live("deliveries"))
    FROM deliveries
    WHERE deliveries.order_id = $1 AND \(Visibility.sql)
    """
  let order: Identifier
  let reader: Reader

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(order)
    reader.bind(&parameters)
  }
}

/// Deliveries by their ids; tombstones without a document.
struct SelectDeliveries: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT deliveries.id, deliveries.version, \(DeliveryDocument.live("deliveries"))
    FROM deliveries
    WHERE deliveries.id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }
}

/// The open offer of a rider, or NULL. No row if the rider does not exist.
struct SelectOpenOffers: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT (
      SELECT \(DeliveryDocument.offer("offers", of: "deliveries"))
      FROM offers JOIN deliveries ON deliveries.id = offers.delivery_id
      WHERE offers.rider_id = riders.id AND offers.status = 'open' AND offers.expires_at > now()
        AND deliveries.status = 'requested')
    FROM riders
    WHERE riders.id = $1
    """
  let rider: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(rider)
  }

  static func decode(_ row: inout PostgresRow) throws -> [UInt8]? {
    try row.next([UInt8]?.self)
  }
}

/// The state that explains why a rider's command was rejected; queried only after its guarded statement returned no row.
struct SelectRejectionState: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT version, status, coalesce(rider_id = $2, false), (
      SELECT CASE WHEN offers.status = 'open' AND offers.expires_at <= now() THEN 'expired' ELSE offers.status END
      FROM offers
      WHERE offers.delivery_id = deliveries.id AND offers.rider_id = $2
      ORDER BY offers.created_at DESC
      LIMIT 1)
    FROM deliveries
    WHERE id = $1 AND \(DeliveryDocument.isLive("deliveries"))
    """
  let id: Identifier
  let rider: Identifier

  struct Row: Sendable {
    let version: Int64
    let status: DeliveryStatus
    let isAssignedToRider: Bool
    let offer: OfferStatus?
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(rider)
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    try Row(version: row.next(), status: row.next(), isAssignedToRider: row.next(), offer: row.next())
  }
}

/// The status of an order's delivery.
struct SelectStatusOfOrder: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT status FROM deliveries WHERE order_id = $1"
  let order: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(order)
  }

  static func decode(_ row: inout PostgresRow) throws -> DeliveryStatus {
    try row.next()
  }
}

extension Reader {
  /// Two parameters: the role and the id.
  fileprivate func bind(_ parameters: inout PostgresParameters) {
    parameters.append(role)
    parameters.append(id)
  }
}
