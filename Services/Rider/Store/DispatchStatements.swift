import Concurrency
import Contracts
import Persistence
import Postgres

/// Expires open offers that timed out, and makes their deliveries due. Skips deliveries that another transaction has locked.
///
/// Also expires offers that were inserted concurrently with the cancellation of their delivery; no reader sees those.
struct ExpireOffers: PostgresStatement {
  typealias Row = Identifier
  static let sql = """
    WITH locked AS (
      SELECT deliveries.id
      FROM offers JOIN deliveries ON deliveries.id = offers.delivery_id
      WHERE offers.status = 'open' AND (offers.expires_at <= now() OR deliveries.status <> 'requested')
      LIMIT 1000
      FOR UPDATE OF deliveries SKIP LOCKED
    ), expired AS (
      UPDATE offers
      SET status = 'expired', ended_at = now()
      FROM locked
      WHERE offers.delivery_id = locked.id AND offers.status = 'open'
      RETURNING offers.delivery_id, offers.rider_id
    ), due AS (
      UPDATE deliveries SET due_at = now()
      FROM expired
      WHERE deliveries.id = expired.delivery_id AND deliveries.status = 'requested'
    )
    SELECT rider_id FROM expired
    """
}

/// Whether a delivery is due to be offered.
struct HasDueDeliveries: PostgresStatement {
  typealias Row = Bool
  static let isReadOnly = true
  static let sql = "SELECT EXISTS (SELECT FROM deliveries WHERE status = 'requested' AND due_at <= now())"
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
    try DueDelivery(
      id: row.next(), pickup: Location(latitude: row.next(), longitude: row.next()), offered: row.next())
  }
}

/// Inserts the offers of matched deliveries, and postpones the deliveries without a match.
///
/// A rider who is not free gets no offer: the joins exclude riders who are offline or have an active delivery, and the unique indexes
/// reject a second open offer.
struct InsertOffers: PostgresStatement {
  typealias Row = Identifier
  static let sql = """
    WITH inserted AS (
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
      UPDATE deliveries SET due_at = NULL FROM inserted WHERE deliveries.id = inserted.delivery_id
    ), postponed AS (
      UPDATE deliveries
      SET due_at = now() + $7::bigint * interval '1 ms', round = round + late.rounds
      FROM unnest($5::uuid[], $6::bigint[]) AS late (id, rounds)
      WHERE deliveries.id = late.id
    )
    SELECT rider_id FROM inserted
    """
  let matched: [MatchedDelivery]
  let timeout: Duration
  let retry: Duration

  func bind(_ parameters: inout PostgresParameters) {
    var chosen: (deliveries: [Identifier], riders: [Identifier], meters: [Int64]) = ([], [], [])
    var postponed: (deliveries: [Identifier], rounds: [Int64]) = ([], [])
    for delivery in matched {
      switch delivery.decision {
      case .offer(let rider, let meters):
        chosen.deliveries.append(delivery.id)
        chosen.riders.append(rider)
        chosen.meters.append(meters)
      case .postpone(let newRound):
        postponed.deliveries.append(delivery.id)
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
}

/// The number of deliveries without a rider.
struct CountWaitingDeliveries: PostgresStatement {
  typealias Row = Int
  static let isReadOnly = true
  static let sql = "SELECT count(*) FROM deliveries WHERE status = 'requested'"
}

/// The riders with an open offer.
struct SelectRidersWithOffers: PostgresStatement {
  typealias Row = Identifier
  static let isReadOnly = true
  static let sql = "SELECT rider_id FROM offers WHERE status = 'open'"
}
