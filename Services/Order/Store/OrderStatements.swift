import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// Inserts an order: its first event, its snapshot, its saga, the outbox row and the response for its idempotency key.
struct InsertOrder: PostgresStatement {
  static let sql = """
    WITH order_event AS (
      INSERT INTO order_events (order_id, version, type, data, actor, at)
      VALUES ($1, 1, \(EventType.orderPlaced.sql), $2::json, $3, $4::timestamptz)
    ), changed AS (
      INSERT INTO order_snapshots
        (order_id, version, status, customer_id, shop_id, owner_id, payment_id, total, document, placed_at, updated_at)
      VALUES ($1, 1, 'placed', $5, $6, $7, $8, $9, $10::text::json, $4::timestamptz, $4::timestamptz)
      RETURNING order_id AS id, version
    ), saga AS (
      INSERT INTO checkout_sagas (order_id, payment_id, customer_id, amount, token, step, status, due_ms, deadline_ms, version)
      VALUES ($1, $8, $5, $9, $11, $12, $13, $14, $15, 1)
    ), event AS (
      \(Outbox.insert(.orderPlaced, from: 16))
    ), stored AS (
      \(IdempotencyKeys.insert(from: 18, of: "changed", body: "$10::text"))
    )
    SELECT 1
    """
  let placement: OrderPlacement
  let document: [UInt8]
  let at: Timestamp
  let cardToken: String
  let saga: SagaChange
  let event: OutboxEntry
  let request: IdempotentRequest

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(placement.id)
    parameters.append(OrderDocument.data(of: .placed(placement)))
    parameters.append(request.principal)
    parameters.append(at.rfc3339)
    parameters.append(placement.customerId)
    parameters.append(placement.shopId)
    parameters.append(placement.ownerId)
    parameters.append(placement.paymentId)
    parameters.append(placement.total)
    parameters.append(document)
    parameters.append(cardToken)
    parameters.append(saga.step)
    parameters.append(saga.status)
    parameters.append(saga.due)
    parameters.append(saga.deadline)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }
}

/// Appends an event and writes the snapshot, the outbox row and the saga's change. Returns a row only if both versions were as
/// expected.
///
/// The rows of the order and of its saga are locked in one order before either is written: of two concurrent writers the second
/// waits, re-evaluates its condition (READ COMMITTED) and finds no row.
struct AppendEvent: PostgresStatement {
  static let sql = """
    WITH target AS (
      SELECT orders.order_id
      FROM order_snapshots AS orders
      JOIN checkout_sagas AS saga ON saga.order_id = orders.order_id
      WHERE orders.order_id = $1 AND orders.version = $2::bigint
        AND \(OrderSQL.visible("orders", from: 3))
        AND \(SagaChange.guardSQL("saga", from: 12))
      FOR UPDATE
    ), order_event AS (
      INSERT INTO order_events (order_id, version, type, data, actor, at)
      SELECT order_id, $2::bigint + 1, $5::text, $6::json, $7, $8::timestamptz FROM target
    ), changed AS (
      UPDATE order_snapshots
      SET version = $2::bigint + 1, status = $9, document = $10::json, updated_at = $8::timestamptz
      FROM target
      WHERE order_snapshots.order_id = target.order_id
      RETURNING order_snapshots.order_id AS id, order_snapshots.version
    ), saga AS (
      UPDATE checkout_sagas
      SET \(SagaChange.assignmentsSQL(from: 12))
      FROM target
      WHERE checkout_sagas.order_id = target.order_id AND $11
    ), event AS (
      \(Outbox.insert(type: "$5::text", from: 12 + SagaChange.parameterCount))
    )
    SELECT 1 FROM target
    """
  /// The order after the event.
  let order: Order
  let document: [UInt8]
  let recorded: OrderEvent
  let actor: OrderActor
  let saga: SagaChange?
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(order.id)
    parameters.append(order.version - 1)
    OrderSQL.bind(actor, &parameters)
    parameters.append(recorded.type)
    parameters.append(OrderDocument.data(of: recorded))
    parameters.append(actor.text)
    parameters.append(order.updatedAt.rfc3339)
    parameters.append(order.status)
    parameters.append(document)
    parameters.append(saga != nil)
    if let saga {
      saga.bind(&parameters)
    } else {
      for _ in 0..<SagaChange.parameterCount { parameters.appendNull() }
    }
    event.bind(&parameters)
  }
}
