import Contracts
import Events
import Persistence
import Postgres

/// Inserts an offline rider with the id of the account. No row if the rider exists.
struct InsertRider: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      INSERT INTO riders (id, name, vehicle, status, version)
      VALUES ($1, $2, $3, 'offline', 1)
      ON CONFLICT (id) DO NOTHING
      RETURNING *
    ), event AS (
      \(Outbox.insert(.riderRegistered, from: 4))
    )
    SELECT id, version, \(DeliveryDocument.rider("changed")) FROM changed
    """
  let rider: NewRider
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(rider.id)
    parameters.append(rider.name)
    parameters.append(rider.vehicle)
    event.bind(&parameters)
  }
}

struct SelectRider: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = "SELECT riders.id, riders.version, \(DeliveryDocument.rider("riders")) FROM riders WHERE riders.id = $1"
  let id: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
  }
}

/// Sets a rider online or offline. Setting the current status returns the unchanged rider and adds no event.
///
/// Going offline declines an open offer, and is rejected while the rider has an active delivery.
struct UpdateRiderStatus: PostgresStatement {
  static let sql = """
    WITH locked AS (
      SELECT deliveries.id
      FROM offers JOIN deliveries ON deliveries.id = offers.delivery_id
      WHERE offers.rider_id = $1 AND offers.status = 'open' AND $3 = 'offline'
      FOR UPDATE OF deliveries
    ), changed AS (
      UPDATE riders
      SET status = $3, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND status <> $3
        AND ($3 = 'online' OR NOT EXISTS (
          SELECT FROM deliveries WHERE deliveries.rider_id = $1 AND deliveries.status IN ('assigned', 'pickedUp')))
      RETURNING *
    ), declined AS (
      UPDATE offers
      SET status = 'declined', ended_at = now()
      FROM locked, changed
      WHERE offers.delivery_id = locked.id AND offers.rider_id = changed.id AND offers.status = 'open'
      RETURNING offers.delivery_id
    ), due AS (
      UPDATE deliveries SET due_at = now()
      FROM declined
      WHERE deliveries.id = declined.delivery_id AND deliveries.status = 'requested'
    ), event AS (
      \(Outbox.insert(.riderStatusChanged, from: 4))
    ), rider AS (
      SELECT * FROM changed
      UNION ALL
      SELECT * FROM riders
      WHERE id = $1 AND version = coalesce($2, version) AND status = $3 AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT rider.id, rider.version, \(DeliveryDocument.rider("rider")), EXISTS (SELECT FROM declined) FROM rider
    """
  let target: RiderTarget
  let status: RiderStatus
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(target.id)
    parameters.append(target.expectedVersion)
    parameters.append(status)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> StatusChangeResult {
    try StatusChangeResult(document: Document(decoding: &row), hasDeclinedOffer: row.next())
  }
}

/// A rider's version and status, for rejected commands and for riders who are not in the pool.
struct SelectRiderState: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT version, status = 'online' FROM riders WHERE id = $1"
  let id: Identifier

  struct Row: Sendable {
    let version: Int64
    let isOnline: Bool
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    try Row(version: row.next(), isOnline: row.next())
  }
}

/// All online riders with their last positions.
struct SelectOnlineRiders: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT riders.id, latitude, longitude, (extract(epoch FROM recorded_at) * 1000)::bigint,
      EXISTS (SELECT FROM offers WHERE offers.rider_id = riders.id AND offers.status = 'open')
      OR EXISTS (
        SELECT FROM deliveries WHERE deliveries.rider_id = riders.id AND deliveries.status IN ('assigned', 'pickedUp'))
    FROM riders LEFT JOIN rider_positions ON rider_positions.rider_id = riders.id
    WHERE riders.status = 'online'
    """

  static func decode(_ row: inout PostgresRow) throws -> OnlineRider {
    let id = try row.next(Identifier.self)
    let (latitude, longitude) = (try row.next(Double?.self), try row.next(Double?.self))
    let recordedAt = try row.next(Int64?.self)
    var position: RiderPosition?
    if let latitude, let longitude, let recordedAt {
      position = RiderPosition(
        rider: id, location: Location(latitude: latitude, longitude: longitude), recordedAt: Timestamp(milliseconds: recordedAt))
    }
    return OnlineRider(id: id, position: position, isBusy: try row.next(Bool.self))
  }
}

/// Upserts the positions of many riders; an older position never replaces a newer one.
struct UpsertPositions: PostgresStatement {
  static let sql = """
    INSERT INTO rider_positions (rider_id, latitude, longitude, recorded_at)
    SELECT rider_id, latitude, longitude, to_timestamp(milliseconds / 1000.0)
    FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::bigint[]) AS moved (rider_id, latitude, longitude, milliseconds)
    ORDER BY rider_id
    ON CONFLICT (rider_id) DO UPDATE
    SET latitude = excluded.latitude, longitude = excluded.longitude, recorded_at = excluded.recorded_at
    WHERE rider_positions.recorded_at < excluded.recorded_at
    """
  let positions: [RiderPosition]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(positions.map(\.rider))
    parameters.append(positions.map(\.location.latitude.description))
    parameters.append(positions.map(\.location.longitude.description))
    parameters.append(positions.map(\.recordedAt.milliseconds))
  }
}
