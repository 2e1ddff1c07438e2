import Contracts
import Events
import Persistence
import Postgres

/// Accepts an open offer. The delivery is locked before the offer is read. The unique index `deliveries_one_active_per_rider` rejects
/// a second active delivery of a rider. If the rider has accepted before, the unchanged delivery is returned.
struct AcceptOffer: PostgresStatement {
  static let activeConstraint = "deliveries_one_active_per_rider"
  static let sql = """
    WITH locked AS (
      SELECT id FROM deliveries
      WHERE id = $1 AND status = ANY ($4) AND version = coalesce($3, version)
      FOR UPDATE
    ), offer AS (
      UPDATE offers
      SET status = 'accepted', ended_at = now()
      FROM locked, riders
      WHERE offers.delivery_id = locked.id AND offers.rider_id = $2 AND riders.id = $2
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
      \(Outbox.insert(type: "$6", from: 7))
    ), delivery AS (
      SELECT changed.*, true AS is_new FROM changed
      UNION ALL
      SELECT deliveries.*, false FROM deliveries
      WHERE id = $1 AND rider_id = $2 AND status = $5 AND version = coalesce($3, version) AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT id, version, \(DeliveryDocument.delivery("delivery")),
      CASE WHEN is_new THEN (extract(epoch FROM updated_at - created_at) * 1000)::bigint END
    FROM delivery
    """
  let target: DeliveryTarget
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    DeliveryAction.accept.bind(&parameters)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> AcceptResult {
    try AcceptResult(document: Document(decoding: &row), matchMilliseconds: row.next())
  }
}

/// Declines an open offer, and makes the delivery due for the next rider. No version changes. Returns false if the rider had
/// declined the offer before.
struct DeclineOffer: PostgresStatement {
  typealias Row = Bool
  static let sql = """
    WITH locked AS (
      SELECT id FROM deliveries WHERE id = $1 AND version = coalesce($3, version) FOR UPDATE
    ), offer AS (
      UPDATE offers
      SET status = 'declined', ended_at = now()
      FROM locked
      WHERE offers.delivery_id = locked.id AND offers.rider_id = $2 AND offers.status = 'open' AND offers.expires_at > now()
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
}
