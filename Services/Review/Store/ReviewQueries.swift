import Contracts
import Persistence
import Postgres

/// Reviews by their ids; deleted ones without a document.
struct SelectReviews: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT id, version, \(ReviewDocument.review("reviews"))
    FROM reviews
    WHERE id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }
}

/// A page of a shop's reviews without the deleted ones, newest first.
struct SelectShopReviews: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT id, version, \(ReviewDocument.review("reviews"))
    FROM reviews
    WHERE shop_id = $1 AND id < coalesce($2::uuid, '\(Identifier.highest)') AND deleted_at IS NULL
    ORDER BY id DESC
    LIMIT $3
    """
  let shop: Identifier
  let cursor: Identifier?
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(shop)
    parameters.append(cursor)
    parameters.append(limit)
  }
}

/// The ratings of shops; shops without a review have no row.
struct SelectRatings: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT shop_id, version, \(ReviewDocument.rating)
    FROM ratings
    WHERE shop_id = ANY ($1::uuid[])
    """
  let shops: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(shops)
  }
}
