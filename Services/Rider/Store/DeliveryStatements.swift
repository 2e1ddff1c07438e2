import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Makes the deliveries of a batch of orders, but for orders that have one already or were called off.
struct InsertDeliveries: PostgresStatement {
  static let sql = """
    WITH wanted AS (
      SELECT *
      FROM unnest(
        $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::float8[], $8::float8[], $9::text[],
        $10::float8[], $11::float8[], $12::uuid[], $13::text[])
        AS wanted (
          id, order_id, customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
          drop_off_latitude, drop_off_longitude, event_id, traceparent)
    ), delivery AS (
      INSERT INTO deliveries
        (id, order_id, customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
         drop_off_latitude, drop_off_longitude, status, version, timeline, due_at)
      SELECT id, order_id, customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
        drop_off_latitude, drop_off_longitude, 'requested', 1,
        jsonb_build_array(\(DeliveryDocument.timelineEntry(version: "1", status: "'requested'"))), now()
      FROM wanted
      ORDER BY order_id
      ON CONFLICT (order_id) DO NOTHING
      RETURNING id, version
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT wanted.event_id, 'delivery.requested', delivery.id, delivery.version, nullif(wanted.traceparent, '')
      FROM delivery JOIN wanted ON wanted.id = delivery.id
    )
    SELECT id FROM delivery
    """
  let deliveries: [NewDelivery]
  let events: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    let orders = deliveries.map(\.order)
    parameters.append(deliveries.map(\.id.description))
    parameters.append(orders.map(\.id.description))
    parameters.append(orders.map(\.customerId.description))
    parameters.append(orders.map(\.shopId.description))
    parameters.append(orders.map(\.ownerId.description))
    for place in [\Order.pickup, \Order.deliveryAddress] {
      parameters.append(orders.map { $0[keyPath: place].address })
      parameters.append(orders.map { $0[keyPath: place].location.latitude.description })
      parameters.append(orders.map { $0[keyPath: place].location.longitude.description })
    }
    parameters.append(events.map(\.description))
    parameters.append(deliveries.map { $0.traceparent ?? "" })
  }

  static func decode(_ row: inout PostgresRow) throws -> Identifier {
    try row.identifier()
  }
}

/// A rider takes on what is offered to him. The delivery is locked first, then the offer looked at; that he has no other delivery
/// under way is for the unique index `deliveries_one_active_per_rider` to say.
struct AcceptOffer: PostgresStatement {
  static let activeConstraint = "deliveries_one_active_per_rider"
  static let sql = """
    WITH held AS (
      SELECT id FROM deliveries
      WHERE id = $1 AND status = ANY ($4) AND version = coalesce($3, version)
      FOR UPDATE
    ), offer AS (
      UPDATE offers
      SET status = 'accepted', ended_at = now()
      FROM held, riders
      WHERE offers.delivery_id = held.id AND offers.rider_id = $2 AND riders.id = $2
        AND offers.status = 'open' AND offers.expires_at > now()
      RETURNING offers.delivery_id, riders.id AS rider_id, riders.name AS rider_name
    ), changed AS (
      UPDATE deliveries
      SET status = $5, rider_id = offer.rider_id, rider_name = offer.rider_name, version = version + 1, updated_at = now(),
          timeline = timeline || \(DeliveryDocument.timelineEntry(version: "version + 1", status: "$5::text"))
      FROM offer
      WHERE deliveries.id = offer.delivery_id
      RETURNING deliveries.*
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $7, $6, changed.id, changed.version, $8 FROM changed
    ), answer AS (
      SELECT changed.*, true AS is_new FROM changed
      UNION ALL
      SELECT deliveries.*, false FROM deliveries
      WHERE id = $1 AND rider_id = $2 AND status = $5 AND version = coalesce($3, version) AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT answer.id, answer.version, \(DeliveryDocument.delivery("answer")),
      CASE WHEN is_new THEN (extract(epoch FROM updated_at - created_at) * 1000)::bigint END
    FROM answer
    """
  let target: DeliveryTarget
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    DeliveryAction.accept.bind(&parameters)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> AcceptAnswer {
    AcceptAnswer(document: try Document(decoding: &row), matchMilliseconds: try row.next(Int64?.self))
  }
}

/// A rider turns down what is offered to him, and the delivery is due to be offered to the next; no version changes.
struct DeclineOffer: PostgresStatement {
  static let sql = """
    WITH held AS (
      SELECT id FROM deliveries WHERE id = $1 AND version = coalesce($3, version) FOR UPDATE
    ), offer AS (
      UPDATE offers
      SET status = 'declined', ended_at = now()
      FROM held
      WHERE offers.delivery_id = held.id AND offers.rider_id = $2 AND offers.status = 'open' AND offers.expires_at > now()
      RETURNING offers.delivery_id
    ), due AS (
      UPDATE deliveries SET due_at = now() FROM offer WHERE deliveries.id = offer.delivery_id AND deliveries.status = 'requested'
    )
    SELECT true FROM offer
    UNION ALL
    SELECT false FROM deliveries
    WHERE id = $1 AND version = coalesce($3, version) AND NOT EXISTS (SELECT FROM offer)
      AND 'declined' = (
        SELECT offers.status FROM offers
        WHERE offers.delivery_id = $1 AND offers.rider_id = $2
        ORDER BY offers.created_at DESC LIMIT 1)
    """
  let target: DeliveryTarget

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
  }

  /// Whether the offer was open until now.
  static func decode(_ row: inout PostgresRow) throws -> Bool {
    try row.next(Bool.self)
  }
}

/// Its rider takes a delivery a step further; the state that it has already changes nothing and makes no event.
struct AdvanceDelivery: PostgresStatement {
  static let sql = """
    WITH changed AS (
      UPDATE deliveries
      SET status = $5, version = version + 1, updated_at = now(),
          timeline = timeline || \(DeliveryDocument.timelineEntry(version: "version + 1", status: "$5::text"))
      WHERE id = $1 AND rider_id = $2 AND version = coalesce($3, version) AND status = ANY ($4)
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $7, $6, changed.id, changed.version, $8 FROM changed
    ), answer AS (
      SELECT * FROM changed
      UNION ALL
      SELECT * FROM deliveries
      WHERE id = $1 AND rider_id = $2 AND version = coalesce($3, version) AND status = $5 AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT answer.id, answer.version, \(DeliveryDocument.delivery("answer")) FROM answer
    """
  let action: DeliveryAction
  let target: DeliveryTarget
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    action.bind(&parameters)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Calls off an order's delivery and takes back its offer; without a delivery, a tombstone keeps it from being made later.
struct CancelDelivery: PostgresStatement {
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
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $7, $6, changed.id, changed.version, $8 FROM changed
    ), tombstone AS (
      INSERT INTO deliveries (id, order_id, status, reason, version, timeline)
      SELECT $3, $1, $5, $2, 1, jsonb_build_array(\(DeliveryDocument.timelineEntry(version: "1", status: "$5::text")))
      WHERE NOT EXISTS (SELECT FROM deliveries WHERE order_id = $1)
      ON CONFLICT (order_id) DO NOTHING
      RETURNING *
    ), answer AS (
      SELECT changed.*, coalesce((SELECT offer.rider_id FROM offer), changed.rider_id) AS freed FROM changed
      UNION ALL
      SELECT tombstone.*, NULL FROM tombstone
      UNION ALL
      SELECT deliveries.*, NULL FROM deliveries
      WHERE order_id = $1 AND status = $5 AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT answer.id, answer.version, \(DeliveryDocument.delivery("answer")), freed, EXISTS (SELECT FROM offer) FROM answer
    """
  let cancellation: Cancellation
  /// The id of the tombstone, if one is needed.
  let id: Identifier
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(cancellation.order.description)
    parameters.append(cancellation.reason)
    parameters.append(id.description)
    cancellation.action.bind(&parameters)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> CancelAnswer {
    CancelAnswer(
      document: try Document(decoding: &row), freedRider: try row.optionalIdentifier(), hasWithdrawn: try row.next(Bool.self))
  }
}

extension DeliveryTarget {
  /// Three parameters: the delivery, the rider, and the version that it must have.
  fileprivate func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(rider.description)
    parameters.append(expectedVersion)
  }
}

extension DeliveryAction {
  /// Three parameters: the states that it may be done in, the one that it leads to, and the event's type.
  fileprivate func bind(_ parameters: inout PostgresParameters) {
    parameters.append(sources.map(\.rawValue))
    parameters.append(target.rawValue)
    parameters.append(target.event.rawValue)
  }
}
