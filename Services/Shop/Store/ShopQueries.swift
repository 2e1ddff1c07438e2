import Contracts
import Events
import Persistence
import Postgres

/// Shops by id; the document of a deleted shop is NULL.
struct SelectShops: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT shops.id, shops.version,
      CASE WHEN deleted_at IS NULL THEN \(ShopDocumentSQL.shop("shops", menu: ShopDocumentSQL.storedMenu(of: "shops"))) END
    FROM shops
    WHERE shops.id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }
}

/// A page of the shops that are not deleted, ordered by id.
struct SelectShopPage: PostgresStatement {
  typealias Row = Document
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
    parameters.append(cursor)
    parameters.append(limit)
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
    parameters.append(id)
  }

  static func decode(_ row: inout PostgresRow) throws -> ShopState {
    try ShopState(owner: row.next(), version: row.next(), isDeleted: row.next(), menuSize: row.next())
  }
}

/// The shops, with the tombstones of the deleted ones.
enum ShopTable: AggregateTable {
  static let rows = "shops"
  static let isDeleted = "deleted_at IS NOT NULL"
  static let eventType = "CASE WHEN \(isDeleted) THEN \(EventType.shopDeleted.sql) ELSE \(EventType.shopUpdated.sql) END"
}
