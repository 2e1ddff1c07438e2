import Contracts
import Events

/// The reviews, with the tombstones of the deleted ones.
enum ReviewTable: AggregateTable {
  static let rows = "reviews"
  static let isDeleted = "deleted_at IS NOT NULL"
  static let eventType = """
    CASE WHEN \(isDeleted) THEN \(EventType.reviewDeleted.sql)
      WHEN reply IS NOT NULL THEN \(EventType.reviewReplied.sql)
      ELSE \(EventType.reviewPosted.sql) END
    """
}

/// The ratings by the ids of their shops; they are never deleted.
enum RatingTable: AggregateTable {
  static let rows = "(SELECT shop_id AS id, version, updated_at FROM ratings) AS ratings"
  static let eventType = EventType.ratingChanged.sql
}
