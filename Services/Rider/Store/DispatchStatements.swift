import Concurrency
import Contracts
import Idempotency
import Persistence
import Postgres

/// Expires open offers that timed out, and makes their deliveries due. Skips deliveries that another transaction has locked.
///
/// Also expires offers that were inserted concurrently with the cancellation of their delivery; no reader sees those.
struct ExpireOffers: PostgresStatement {
  static let sql = """
    WITH held AS (
      SELECT deliveries.id
      FROM offers JOIN deliveries ON deliveries.id = offers.delivery_id
      WHERE offers.status = 'open' AND (offers.expires_at <= now() OR deliveries.status <> 'requested')
      LIMIT 1000
      FOR UPDATE OF deliveries SKIP LOCKED
    ), expired AS (
      UPDATE offers
      SET status = 'expired', ended_at = now()
      FROM held
      WHERE offers.delivery_id = held.id AND offers.status = 'open'
      RETURNING offers.delivery_id, offers.rider_id
    ), due AS (
      UPDATE deliveries SET due_at = now()
      FROM expired
      WHERE deliveries.id = expired.delivery_id AND deliveries.status = 'requested'
    )
    SELECT rider_id FROM expired
    """

  static func decode(_ row: inout PostgresRow) throws -> Identifier {
    try row.identifier()
  }
}

/// Whether a delivery is due to be offered.
struct HasDueDeliveries: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT EXISTS (SELECT FROM deliveries WHERE status = 'requested' AND due_at <= now())"

  static func decode(_ row: inout PostgresRow) throws -> Bool {
    try row.next(Bool.self)
  }
}

/// Locks the deliveries that have been due the longest until the end of the transaction. Skips those that another instance has locked.
struct ClaimDueDeliveries: PostgresStatement {
  static let sql = """
    SELECT id, pickup_latitude, pickup_longitude,
      ARRAY (SELECT offers.rider_id FROM offers WHERE offers.delivery_id = deliveries.id AND offers.round = deliveries.round)
    FROM deliveries
    WHERE status = 'requested' AND due_at <= now()
    ORDER BY due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
    """
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(limit)
  }

  static func decode(_ row: inout PostgresRow) throws -> DueDelivery {
    DueDelivery(
      id: try row.identifier(),
      pickup: Location(latitude: try row.next(Double.self), longitude: try row.next(Double.self)),
      offered: try row.next([String].self).compactMap { Identifier($0) })
  }
}

/// Inserts the offers of matched deliveries, and postpones the deliveries without a match.
///
/// A rider who is not free gets no offer: the joins exclude riders who are offline or have an active delivery, and the unique indexes
/// reject a second open offer.
struct InsertOffers: PostgresStatement {
  static let sql = """
    WITH made AS (
      INSERT INTO offers (delivery_id, round, rider_id, distance_meters, status, expires_at)
      SELECT deliveries.id, deliveries.round, riders.id, chosen.distance_meters, 'open', now() + $4::bigint * interval '1 ms'
      FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS chosen (delivery_id, rider_id, distance_meters)
        JOIN deliveries ON deliveries.id = chosen.delivery_id
        JOIN riders ON riders.id = chosen.rider_id AND riders.status = 'online'
      WHERE NOT EXISTS (
        SELECT FROM deliveries AS active WHERE active.rider_id = riders.id AND active.status IN ('assigned', 'pickedUp'))
      ORDER BY riders.id
      ON CONFLICT DO NOTHING
      RETURNING delivery_id, rider_id
    ), offered AS (
      UPDATE deliveries SET due_at = NULL FROM made WHERE deliveries.id = made.delivery_id
    ), postponed AS (
      UPDATE deliveries
      SET due_at = now() + $7::bigint * interval '1 ms', round = round + late.rounds
      FROM unnest($5::uuid[], $6::bigint[]) AS late (id, rounds)
      WHERE deliveries.id = late.id
    )
    SELECT rider_id FROM made
    """
  let matched: [MatchedDelivery]
  let timeout: Duration
  let retry: Duration

  func bind(_ parameters: inout PostgresParameters) {
    var chosen: (deliveries: [String], riders: [String], meters: [Int64]) = ([], [], [])
    var postponed: (deliveries: [String], rounds: [Int64]) = ([], [])
    for delivery in matched {
      switch delivery.decision {
      case .offer(let rider, let meters):
        chosen.deliveries.append(delivery.id.description)
        chosen.riders.append(rider.description)
        chosen.meters.append(meters)
      case .postpone(let newRound):
        postponed.deliveries.append(delivery.id.description)
        postponed.rounds.append(newRound ? 1 : 0)
      }
    }
    parameters.append(chosen.deliveries)
    parameters.append(chosen.riders)
    parameters.append(chosen.meters)
    parameters.append(timeout.wholeMilliseconds)
    parameters.append(postponed.deliveries)
    parameters.append(postponed.rounds)
    parameters.append(retry.wholeMilliseconds)
  }

  static func decode(_ row: inout PostgresRow) throws -> Identifier {
    try row.identifier()
  }
}

/// The number of deliveries without a rider.
struct CountWaitingDeliveries: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT count(*) FROM deliveries WHERE status = 'requested'"

  static func decode(_ row: inout PostgresRow) throws -> Int {
    try row.next(Int.self)
  }
}

/// The riders with an open offer.
struct SelectRidersWithOffers: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT rider_id FROM offers WHERE status = 'open'"

  static func decode(_ row: inout PostgresRow) throws -> Identifier {
    try row.identifier()
  }
}
