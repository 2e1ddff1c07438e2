import Persistence
import Contracts
import Idempotency
import Postgres

/// Ends offers whose time is over, and makes their deliveries due. What another transaction has in its hands is left for the next
/// time.
///
/// An offer that was made while its delivery was being called off is among them: nobody sees it, and here it goes.
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

/// Takes the deliveries that have been due the longest, for the time of a transaction; those that another instance has are passed
/// over.
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
      asked: try row.next([String].self).compactMap { Identifier($0) })
  }
}

/// Makes offers to riders who are free in truth, and puts off what nobody can be found for.
///
/// A rider who isn't free after all gets nothing: he is offline or has a delivery under way, or one of the unique indexes says
/// no.
struct MakeOffers: PostgresStatement {
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
    var late: (deliveries: [String], rounds: [Int64]) = ([], [])
    for delivery in matched {
      switch delivery.decision {
      case .offer(let rider, let meters):
        chosen.deliveries.append(delivery.id.description)
        chosen.riders.append(rider.description)
        chosen.meters.append(meters)
      case .postpone(let newRound):
        late.deliveries.append(delivery.id.description)
        late.rounds.append(newRound ? 1 : 0)
      }
    }
    parameters.append(chosen.deliveries)
    parameters.append(chosen.riders)
    parameters.append(chosen.meters)
    parameters.append(timeout.milliseconds)
    parameters.append(late.deliveries)
    parameters.append(late.rounds)
    parameters.append(retry.milliseconds)
  }

  static func decode(_ row: inout PostgresRow) throws -> Identifier {
    try row.identifier()
  }
}

/// How many deliveries have no rider yet.
struct CountWaitingDeliveries: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT count(*) FROM deliveries WHERE status = 'requested'"

  static func decode(_ row: inout PostgresRow) throws -> Int {
    try row.next(Int.self)
  }
}

/// The riders who have an open offer.
struct SelectRidersWithOffers: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT rider_id FROM offers WHERE status = 'open'"

  static func decode(_ row: inout PostgresRow) throws -> Identifier {
    try row.identifier()
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
