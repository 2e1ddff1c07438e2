import Contracts
import Events
import Persistence
import Postgres

// example: outbox
extension EventType {
  static let parcelSent = EventType(rawValue: "parcel.sent")
}

let parcelMigrations =
  Outbox.migrations + [
    PostgresMigration(
      number: 1, name: "create_parcels",
      sql: "CREATE TABLE parcels (id uuid PRIMARY KEY, address text NOT NULL, version bigint NOT NULL)")
  ]

/// The state and its event, in one statement: none can be committed without the other.
struct SendParcel: PostgresStatement {
  static let sql = """
    WITH changed AS (
      INSERT INTO parcels (id, address, version) VALUES ($1, $2, 1) RETURNING id, version
    ), event AS (
      \(Outbox.insert(.parcelSent, from: 3))
    )
    SELECT version FROM changed
    """
  let id: Identifier
  let address: String
  let event = OutboxEntry.now()

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(address)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int64 { try row.next() }
}
// example end
