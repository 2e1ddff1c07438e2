import Contracts
import Events
import Idempotency
import Postgres

/// Ids and versions of reviews behind a cursor: all of them, or those that have an event since a time.
struct SelectReviewVersions: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT id, version, deleted_at IS NOT NULL
    FROM reviews
    WHERE ($1::uuid IS NULL OR id > $1)
      AND ($2::bigint IS NULL OR id IN (SELECT subject FROM outbox WHERE time >= to_timestamp($2 / 1000.0)))
    ORDER BY id
    LIMIT $3
    """
  let page: VersionPage

  func bind(_ parameters: inout PostgresParameters) {
    page.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
  }
}

/// The same of ratings, by shop; a rating is never deleted.
struct SelectRatingVersions: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT shop_id, version, false
    FROM ratings
    WHERE ($1::uuid IS NULL OR shop_id > $1)
      AND ($2::bigint IS NULL OR shop_id IN (SELECT subject FROM outbox WHERE time >= to_timestamp($2 / 1000.0)))
    ORDER BY shop_id
    LIMIT $3
    """
  let page: VersionPage

  func bind(_ parameters: inout PostgresParameters) {
    page.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
  }
}

/// Which page of versions: three parameters.
struct VersionPage: Sendable {
  let cursor: Identifier?
  let changedSince: Timestamp?
  let limit: Int

  fileprivate func bind(_ parameters: inout PostgresParameters) {
    parameters.append(cursor?.description)
    parameters.append(changedSince?.milliseconds)
    parameters.append(limit)
  }
}

extension AggregateVersion {
  fileprivate init(decoding row: inout PostgresRow) throws {
    self.init(id: try row.identifier(), version: try row.next(Int64.self), deleted: try row.next(Bool.self))
  }
}

/// Reviews and ratings as one kind of thing, with the type of event that tells where each stands.
private let republishSubjects = """
  (
    SELECT id, version, updated_at,
      CASE WHEN deleted_at IS NOT NULL THEN 'review.deleted' WHEN reply IS NOT NULL THEN 'review.replied'
        ELSE 'review.posted' END AS type
    FROM reviews
    UNION ALL
    SELECT shop_id, version, updated_at, 'rating.changed' FROM ratings
  ) AS subjects
  """

/// Reviews and ratings to announce again, behind a cursor.
struct SelectRepublishSubjects: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT id, version, type
    FROM \(republishSubjects)
    WHERE \(RepublishCriteria.sql) AND ($5::uuid IS NULL OR id > $5)
    ORDER BY id
    LIMIT $6
    """
  let criteria: RepublishCriteria
  let cursor: Identifier?
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    criteria.bind(&parameters)
    parameters.append(cursor?.description)
    parameters.append(limit)
  }

  static func decode(_ row: inout PostgresRow) throws -> RepublishSubject {
    RepublishSubject(
      id: try row.identifier(), version: try row.next(Int64.self), type: EventType(rawValue: try row.next(String.self)))
  }
}

/// How many reviews and ratings a request to republish means.
struct CountRepublishSubjects: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT count(*) FROM \(republishSubjects) WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria

  func bind(_ parameters: inout PostgresParameters) {
    criteria.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int64 {
    try row.next(Int64.self)
  }
}
