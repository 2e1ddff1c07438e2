public import Contracts
public import Postgres

/// Which page of ids and versions a statement selects: all after a cursor, or those that have an event since a time.
///
/// The first three parameters of the statement.
public struct VersionPage: Sendable {
  private let cursor: Identifier?
  private let changedSince: Timestamp?
  private let limit: Int

  public init(cursor: Identifier?, changedSince: Timestamp?, limit: Int) {
    self.cursor = cursor
    self.changedSince = changedSince
    self.limit = limit
  }

  /// The clauses after `FROM`, ordered by id.
  /// - Parameter id: the column of the aggregates' ids.
  public static func sql(id: String = "id") -> String {
    """
    WHERE ($1::uuid IS NULL OR \(id) > $1)
      AND ($2::bigint IS NULL OR \(id) IN (SELECT subject FROM outbox WHERE time >= to_timestamp($2 / 1000.0)))
    ORDER BY \(id)
    LIMIT $3
    """
  }

  public func bind(_ parameters: inout PostgresParameters) {
    parameters.append(cursor?.description)
    parameters.append(changedSince?.milliseconds)
    parameters.append(limit)
  }
}

/// A statement that selects a ``VersionPage``. Its best plan depends on which of the two filters is given.
public protocol VersionPageStatement: PostgresStatement where Row == AggregateVersion {
  var page: VersionPage { get }
}

extension VersionPageStatement {
  public static var isReadOnly: Bool { true }
  public static var isPlannedForItsValues: Bool { true }

  public func bind(_ parameters: inout PostgresParameters) {
    page.bind(&parameters)
  }
}
