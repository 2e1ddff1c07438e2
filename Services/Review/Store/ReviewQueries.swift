import Persistence
import Contracts
import Idempotency
import Postgres

/// Reviews by their ids; deleted ones without a document.
struct SelectReviews: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT id, version, \(ReviewDocument.review("reviews"))
    FROM reviews
    WHERE id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// A page of a shop's reviews without the deleted ones, newest first.
struct SelectShopReviews: PostgresStatement {
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
    parameters.append(shop.description)
    parameters.append(cursor?.description)
    parameters.append(limit)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// The ratings of shops; shops without a review have no row.
struct SelectRatings: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT shop_id, version, \(ReviewDocument.rating)
    FROM ratings
    WHERE shop_id = ANY ($1::uuid[])
    """
  let shops: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(shops.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}
