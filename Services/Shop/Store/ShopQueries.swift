import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Shops by id; the document of a deleted shop is NULL.
struct SelectShops: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT shops.id, shops.version,
      CASE WHEN deleted_at IS NULL THEN \(ShopDocumentSQL.shop("shops", menu: ShopDocumentSQL.storedMenu(of: "shops"))) END
    FROM shops
    WHERE shops.id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// A page of the shops that are not deleted, ordered by id.
struct SelectShopPage: PostgresStatement {
  static let isReadOnly = true
  static let isPlannedForItsValues = true
  static let sql = """
    SELECT shops.id, shops.version, \(ShopDocumentSQL.shop("shops", menu: ShopDocumentSQL.storedMenu(of: "shops")))
    FROM shops
    WHERE ($1::uuid IS NULL OR shops.id > $1) AND deleted_at IS NULL
    ORDER BY shops.id
    LIMIT $2
    """
  let cursor: Identifier?
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(cursor?.description)
    parameters.append(limit)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// A page of ids and versions: of all shops, or of those with an event since a time.
struct SelectVersions: VersionPageStatement {
  static let sql = """
    SELECT id, version, deleted_at IS NOT NULL
    FROM shops
    \(VersionPage.sql())
    """
  let page: VersionPage

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
  }
}

/// The state that explains why a guarded statement returned no row.
struct SelectShopState: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT owner_id, version, deleted_at IS NOT NULL, (SELECT count(*) FROM menu_items WHERE shop_id = shops.id)
    FROM shops
    WHERE id = $1
    """
  let id: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
  }

  static func decode(_ row: inout PostgresRow) throws -> ShopState {
    ShopState(
      owner: try row.identifier(), version: try row.next(Int64.self), isDeleted: try row.next(Bool.self),
      menuSize: try row.next(Int.self))
  }
}

/// A page of shops to republish, each with its current version.
struct SelectRepublishSubjects: RepublishPageStatement {
  static let sql = """
    SELECT id, version, deleted_at IS NOT NULL
    FROM shops
    \(RepublishPage.sql)
    """
  let page: RepublishPage

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    AggregateVersion(id: try row.identifier(), version: try row.next(Int64.self), deleted: try row.next(Bool.self))
  }
}

/// The number of shops that a republish request matches.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM shops WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}
