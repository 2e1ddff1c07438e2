import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Ids and versions of reviews behind a cursor: all of them, or those that have an event since a time.
struct SelectReviewVersions: VersionPageStatement {
  static let sql = """
    SELECT id, version, deleted_at IS NOT NULL
    FROM reviews
    \(VersionPage.sql())
    """
  let page: VersionPage

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
  }
}

/// The same of ratings, by shop; a rating is never deleted.
struct SelectRatingVersions: VersionPageStatement {
  static let sql = """
    SELECT shop_id, version, false
    FROM ratings
    \(VersionPage.sql(id: "shop_id"))
    """
  let page: VersionPage

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
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
struct SelectRepublishSubjects: RepublishPageStatement {
  static let sql = """
    SELECT id, version, type
    FROM \(republishSubjects)
    \(RepublishPage.sql)
    """
  let page: RepublishPage

  static func decode(_ row: inout PostgresRow) throws -> RepublishSubject {
    RepublishSubject(
      id: try row.identifier(), version: try row.next(Int64.self), type: EventType(rawValue: try row.next(String.self)))
  }
}

/// How many reviews and ratings a request to republish means.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM \(republishSubjects) WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}
