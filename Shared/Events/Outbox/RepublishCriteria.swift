public import Contracts
public import Postgres

/// Which rows of a table of aggregates a request to republish selects: the first four parameters of a statement.
///
/// The table has the columns `id` and `updated_at`.
public struct RepublishCriteria: Sendable {
  public static let sql = """
    ($1::uuid[] IS NULL OR id = ANY ($1))
      AND ($2::text[] IS NULL OR id IN (SELECT subject FROM outbox WHERE type = ANY ($2)))
      AND ($3::bigint IS NULL OR updated_at >= to_timestamp($3 / 1000.0))
      AND ($4::bigint IS NULL OR updated_at < to_timestamp($4 / 1000.0))
    """
  private let request: RepublishRequest

  public init(request: RepublishRequest) {
    self.request = request
  }

  public func bind(_ parameters: inout PostgresParameters) {
    parameters.append(request.ids?.map(\.description))
    parameters.append(request.types?.map(\.rawValue))
    parameters.append(request.since?.milliseconds)
    parameters.append(request.until?.milliseconds)
  }
}

/// A page of the selected rows after a cursor: the first six parameters of a statement.
public struct RepublishPage: Sendable {
  /// The clauses after `FROM`, ordered by id.
  public static let sql = """
    WHERE \(RepublishCriteria.sql) AND ($5::uuid IS NULL OR id > $5)
    ORDER BY id
    LIMIT $6
    """
  private let criteria: RepublishCriteria
  private let cursor: Identifier?
  private let limit: Int

  public init(of request: RepublishRequest, after cursor: Identifier?, limit: Int) {
    criteria = RepublishCriteria(request: request)
    self.cursor = cursor
    self.limit = limit
  }

  public func bind(_ parameters: inout PostgresParameters) {
    criteria.bind(&parameters)
    parameters.append(cursor?.description)
    parameters.append(limit)
  }
}

/// A statement that selects a ``RepublishPage``. Its best plan depends on which filters are given.
public protocol RepublishPageStatement: PostgresStatement {
  var page: RepublishPage { get }
}

extension RepublishPageStatement {
  public static var isReadOnly: Bool { true }
  public static var isPlannedForItsValues: Bool { true }

  public func bind(_ parameters: inout PostgresParameters) {
    page.bind(&parameters)
  }
}

/// A statement that counts the rows selected by ``RepublishCriteria``: one row with one number.
public protocol RepublishCountStatement: PostgresStatement where Row == Int64 {
  var criteria: RepublishCriteria { get }
}

extension RepublishCountStatement {
  public static var isReadOnly: Bool { true }
  public static var isPlannedForItsValues: Bool { true }

  public func bind(_ parameters: inout PostgresParameters) {
    criteria.bind(&parameters)
  }

  public static func decode(_ row: inout PostgresRow) throws -> Int64 {
    try row.next(Int64.self)
  }
}
