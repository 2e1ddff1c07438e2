import Contracts
import Persistence
import Postgres

/// A page of the aggregates that a request selects, ordered by id.
struct SelectRepublishSubjects<Table: AggregateTable>: PostgresStatement {
  typealias Row = RepublishSubject
  static var isReadOnly: Bool { true }
  static var isPlannedForItsValues: Bool { true }
  static var sql: String {
    """
    SELECT id, version, \(Table.eventType)
    FROM \(Table.rows)
    WHERE \(RepublishRequest.condition(on: Table.self)) AND ($5::uuid IS NULL OR id > $5)
    ORDER BY id
    LIMIT $6
    """
  }
  let request: RepublishRequest
  let cursor: Identifier?
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    request.bind(&parameters)
    parameters.append(cursor)
    parameters.append(limit)
  }
}

/// The number of aggregates that a request selects.
struct CountRepublishSubjects<Table: AggregateTable>: PostgresStatement {
  typealias Row = Int64
  static var isReadOnly: Bool { true }
  static var isPlannedForItsValues: Bool { true }
  static var sql: String { "SELECT count(*) FROM \(Table.rows) WHERE \(RepublishRequest.condition(on: Table.self))" }
  let request: RepublishRequest

  func bind(_ parameters: inout PostgresParameters) {
    request.bind(&parameters)
  }
}

extension RepublishRequest {
  /// The condition on a row; its best plan depends on which criteria are given. Its four parameters are appended by ``bind(_:)``.
  fileprivate static func condition<Table: AggregateTable>(on table: Table.Type) -> String {
    """
    ($1::uuid[] IS NULL OR id = ANY ($1))
      AND ($2::text[] IS NULL OR id IN (SELECT subject FROM outbox WHERE type = ANY ($2)))
      AND ($3::bigint IS NULL OR updated_at >= to_timestamp($3 / 1000.0))
      AND ($4::bigint IS NULL OR updated_at < to_timestamp($4 / 1000.0))
      AND (\(Table.eventType)) IS NOT NULL
    """
  }

  fileprivate func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
    parameters.append(types)
    parameters.append(since?.milliseconds)
    parameters.append(until?.milliseconds)
  }
}

extension RepublishSubject: PostgresRowDecodable {
  init(decoding row: inout PostgresRow) throws {
    try self.init(id: row.next(), version: row.next(), type: row.next())
  }
}
