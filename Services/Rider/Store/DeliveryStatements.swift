import Contracts
import Events
import Persistence
import Postgres

/// Inserts the deliveries of a batch of orders, except for orders that have a delivery or a tombstone.
struct InsertDeliveries: PostgresStatement {
  typealias Row = Identifier
  static let sql = """
    WITH requested AS (
      SELECT *
      FROM unnest(
        $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::float8[], $8::float8[], $9::text[],
        $10::float8[], $11::float8[], $12::uuid[], $13::text[])
        AS requested (
          id, order_id, customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
          drop_off_latitude, drop_off_longitude, event_id, traceparent)
    ), delivery AS (
      INSERT INTO deliveries
        (id, order_id, customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
         drop_off_latitude, drop_off_longitude, status, version, timeline, due_at)
      SELECT id, order_id, customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
        drop_off_latitude, drop_off_longitude, 'requested', 1,
        jsonb_build_array(\(DeliveryDocument.timelineEntry(version: "1", status: "'requested'"))), now()
      FROM requested
      ORDER BY order_id
      ON CONFLICT (order_id) DO NOTHING
      RETURNING id, version
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT requested.event_id, \(EventType.deliveryRequested.sql), delivery.id, delivery.version, nullif(requested.traceparent, '')
      FROM delivery JOIN requested ON requested.id = delivery.id
    )
    SELECT id FROM delivery
    """
  let deliveries: [NewDelivery]
  let events: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    let orders = deliveries.map(\.order)
    parameters.append(deliveries.map(\.id))
    parameters.append(orders.map(\.id))
    parameters.append(orders.map(\.customerId))
    parameters.append(orders.map(\.shopId))
    parameters.append(orders.map(\.ownerId))
    for place in [\Order.pickup, \Order.deliveryAddress] {
      parameters.append(orders.map { $0[keyPath: place].address })
      parameters.append(orders.map { $0[keyPath: place].location.latitude.description })
      parameters.append(orders.map { $0[keyPath: place].location.longitude.description })
    }
    parameters.append(events)
    parameters.append(deliveries.map { $0.traceparent ?? "" })
  }
}

/// Changes the status of a delivery by its rider. Repeating the command returns the unchanged delivery and adds no event.
struct AdvanceDelivery: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE deliveries
      SET status = $5, version = version + 1, updated_at = now(),
          timeline = timeline || \(DeliveryDocument.timelineEntry(version: "version + 1", status: "$5::text"))
      WHERE id = $1 AND rider_id = $2 AND version = coalesce($3, version) AND status = ANY ($4)
      RETURNING *
    ), event AS (
      \(Outbox.insert(type: "$6", from: 7))
    ), delivery AS (
      SELECT * FROM changed
      UNION ALL
      SELECT * FROM deliveries
      WHERE id = $1 AND rider_id = $2 AND version = coalesce($3, version) AND status = $5 AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT id, version, \(DeliveryDocument.delivery("delivery")) FROM delivery
    """
  let action: DeliveryAction
  let target: DeliveryTarget
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    action.bind(&parameters)
    event.bind(&parameters)
  }
}

/// Cancels an order's delivery and withdraws its open offer. Without a delivery, inserts a tombstone that prevents a later one.
struct UpsertCancelledDelivery: PostgresStatement {
  static let sql = """
    WITH changed AS (
      UPDATE deliveries
      SET status = $5, reason = $2, due_at = NULL, version = version + 1, updated_at = now(),
          timeline = timeline || \(DeliveryDocument.timelineEntry(version: "version + 1", status: "$5::text"))
      WHERE order_id = $1 AND status = ANY ($4)
      RETURNING *
    ), offer AS (
      UPDATE offers
      SET status = 'withdrawn', ended_at = now()
      FROM changed
      WHERE offers.delivery_id = changed.id AND offers.status = 'open'
      RETURNING offers.rider_id
    ), event AS (
      \(Outbox.insert(type: "$6", from: 7))
    ), tombstone AS (
      INSERT INTO deliveries (id, order_id, status, reason, version, timeline)
      SELECT $3, $1, $5, $2, 1, jsonb_build_array(\(DeliveryDocument.timelineEntry(version: "1", status: "$5::text")))
      WHERE NOT EXISTS (SELECT FROM deliveries WHERE order_id = $1)
      ON CONFLICT (order_id) DO NOTHING
      RETURNING *
    ), delivery AS (
      SELECT changed.*, coalesce((SELECT offer.rider_id FROM offer), changed.rider_id) AS freed FROM changed
      UNION ALL
      SELECT tombstone.*, NULL FROM tombstone
      UNION ALL
      SELECT deliveries.*, NULL FROM deliveries
      WHERE order_id = $1 AND status = $5 AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT id, version, \(DeliveryDocument.delivery("delivery")), freed, EXISTS (SELECT FROM offer) FROM delivery
    """
  let cancellation: Cancellation
  /// The id of the tombstone, if one is inserted.
  let id: Identifier
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(cancellation.order)
    parameters.append(cancellation.reason)
    parameters.append(id)
    cancellation.action.bind(&parameters)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> CancelResult {
    try CancelResult(document: Document(decoding: &row), freedRider: row.next(), hasWithdrawnOffer: row.next())
  }
}

extension DeliveryTarget {
  /// Three parameters: the delivery, the rider, and the expected version.
  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(rider)
    parameters.append(expectedVersion)
  }
}

extension DeliveryAction {
  /// Three parameters: the legal statuses, the resulting status, and the event's type.
  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(sources)
    parameters.append(target)
    parameters.append(target.event)
  }
}
