import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// An order's document, if the viewer may see it.
struct SelectOrder: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT orders.order_id, orders.version, orders.document
    FROM order_snapshots AS orders
    WHERE orders.order_id = $1 AND \(OrderSQL.visible("orders", from: 2))
    """
  let id: Identifier
  let viewer: OrderActor

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    OrderSQL.bind(viewer, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

struct SelectOrders: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT order_id, version, document FROM order_snapshots WHERE order_id = ANY ($1::uuid[])"
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// An order's events, oldest first, if the viewer may see it.
struct SelectEvents: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT event.version, event.type, event.data, (extract(epoch FROM event.at) * 1000)::bigint
    FROM order_snapshots AS orders
    JOIN order_events AS event ON event.order_id = orders.order_id
    WHERE orders.order_id = $1 AND \(OrderSQL.visible("orders", from: 2))
    ORDER BY event.version
    """
  let id: Identifier
  let viewer: OrderActor

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    OrderSQL.bind(viewer, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> RecordedEvent {
    let version = try row.next(Int64.self)
    let event = try OrderDocument.event(type: try row.next(String.self), data: try row.next([UInt8].self))
    return RecordedEvent(version: version, event: event, at: Timestamp(milliseconds: try row.next(Int64.self)))
  }
}

/// An order's events as JSON documents, oldest first, if the viewer may see it.
struct SelectHistory: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT event.order_id, event.version, json_build_object(
      'version', event.version, 'type', event.type, 'data', event.data, 'actor', event.actor,
      'at', \(DocumentSQL.time("event.at")))
    FROM order_snapshots AS orders
    JOIN order_events AS event ON event.order_id = orders.order_id
    WHERE orders.order_id = $1 AND \(OrderSQL.visible("orders", from: 2))
    ORDER BY event.version
    """
  let id: Identifier
  let viewer: OrderActor

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    OrderSQL.bind(viewer, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Ids and versions after a cursor: of all orders, or of those that changed since a time.
struct SelectVersions: VersionPageStatement {
  static let sql = """
    SELECT order_id, version, false
    FROM order_snapshots
    \(VersionPage.sql(id: "order_id"))
    """
  let page: VersionPage

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
  }
}

/// Orders to republish after a cursor, with their versions and the event types of their statuses.
struct SelectRepublishSubjects: RepublishPageStatement {
  static let sql = """
    SELECT id, version, status
    FROM (SELECT order_id AS id, version, status, updated_at FROM order_snapshots) AS orders
    \(RepublishPage.sql)
    """
  let page: RepublishPage

  static func decode(_ row: inout PostgresRow) throws -> RepublishSubject {
    let (id, version, name) = (try row.identifier(), try row.next(Int64.self), try row.next(String.self))
    guard let status = OrderStatus(rawValue: name) else {
      throw PostgresError(.decoding, message: "\(name) is not an order status")
    }
    return RepublishSubject(id: id, version: version, type: EventType(order: status))
  }
}

/// The number of orders that match a republish request.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = """
    SELECT count(*)
    FROM (SELECT order_id AS id, updated_at FROM order_snapshots) AS orders
    WHERE \(RepublishCriteria.sql)
    """
  let criteria: RepublishCriteria
}
