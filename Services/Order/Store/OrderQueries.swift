import Contracts
import Events
import Persistence
import Postgres

/// An order's document, if the viewer may see it.
struct SelectOrder: VisibleOrderQuery {
  typealias Row = Document
  static let sql = """
    SELECT orders.order_id, orders.version, orders.document
    FROM order_snapshots AS orders
    WHERE orders.order_id = $1 AND \(OrderSQL.visible("orders", from: 2))
    """
  let id: Identifier
  let viewer: OrderActor
}

struct SelectOrders: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = "SELECT order_id, version, document FROM order_snapshots WHERE order_id = ANY ($1::uuid[])"
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }
}

/// An order's events, oldest first, if the viewer may see it.
struct SelectEvents: VisibleOrderQuery {
  static let sql = """
    SELECT event.version, event.type, event.data, (extract(epoch FROM event.at) * 1000)::bigint
    FROM order_snapshots AS orders
    JOIN order_events AS event ON event.order_id = orders.order_id
    WHERE orders.order_id = $1 AND \(OrderSQL.visible("orders", from: 2))
    ORDER BY event.version
    """
  let id: Identifier
  let viewer: OrderActor

  static func decode(_ row: inout PostgresRow) throws -> RecordedEvent {
    try RecordedEvent(
      version: row.next(), event: OrderDocument.event(type: row.next(), data: row.next()),
      at: Timestamp(milliseconds: row.next()))
  }
}

/// An order's events as JSON documents, oldest first, if the viewer may see it.
struct SelectHistory: VisibleOrderQuery {
  typealias Row = Document
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
}

/// The orders, which are never deleted.
enum OrderTable: AggregateTable {
  static let rows = "(SELECT order_id AS id, version, status, updated_at FROM order_snapshots) AS orders"
  static let eventType = EventType.sql(for: "status", EventType.init(order:))
}
