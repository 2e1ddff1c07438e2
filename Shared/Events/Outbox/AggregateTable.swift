public import Contracts
import Persistence
public import Postgres

/// The rows of a service's aggregates of one kind, from which versions are listed and events are republished.
///
/// ```swift
/// enum ShopTable: AggregateTable {
///   static let rows = "shops"
///   static let isDeleted = "deleted_at IS NOT NULL"
///   static let eventType = EventType.shopUpdated.sql
/// }
/// ```
public protocol AggregateTable: Sendable {
  /// An item of `FROM`: a table, or a subquery with an alias. It has the columns `id`, `version` and `updated_at`.
  static var rows: String { get }

  /// A condition on a row. Default: no aggregate is ever deleted.
  static var isDeleted: String { get }

  /// An expression on a row: the type of the event that stands for the current state. Rows for which it is NULL are not republished.
  static var eventType: String { get }
}

extension AggregateTable {
  public static var isDeleted: String { "false" }
}

/// A page of ids and versions, ordered by id: of all aggregates after a cursor, or of those that have an event since a time.
public struct SelectVersions<Table: AggregateTable>: PostgresStatement {
  public typealias Row = AggregateVersion
  public static var isReadOnly: Bool { true }
  /// The best plan depends on which of the two filters is given.
  public static var isPlannedForItsValues: Bool { true }
  public static var sql: String {
    """
    SELECT id, version, \(Table.isDeleted)
    FROM \(Table.rows)
    WHERE ($1::uuid IS NULL OR id > $1)
      AND ($2::bigint IS NULL OR id IN (SELECT subject FROM outbox WHERE time >= to_timestamp($2 / 1000.0)))
    ORDER BY id
    LIMIT $3
    """
  }
  private let cursor: Identifier?
  private let changedSince: Timestamp?
  private let limit: Int

  public init(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) {
    self.cursor = cursor
    self.changedSince = changedSince
    self.limit = limit
  }

  public func bind(_ parameters: inout PostgresParameters) {
    parameters.append(cursor)
    parameters.append(changedSince?.milliseconds)
    parameters.append(limit)
  }
}
