import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// A page of review ids and versions after a cursor: of all reviews, or of those with an event since a time.
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

/// A page of rating versions by shop id. Ratings are never deleted.
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

/// Reviews and ratings as one table, with the event type of the current state.
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

/// A page of reviews and ratings to republish.
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

/// The number of reviews and ratings that match the criteria.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM \(republishSubjects) WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}
