import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Shops by their ids; a deleted one comes without a document.
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

/// Live shops behind a cursor.
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

/// Ids and versions behind a cursor: all of them, or those that have an event since a time.
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

/// What a command on a shop ran into: asked only when its guarded statement found no row.
struct ExplainRefusal: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT owner_id, version, deleted_at IS NOT NULL, (SELECT count(*) FROM menu_items WHERE shop_id = shops.id)
    FROM shops
    WHERE id = $1
    """
  let id: Identifier

  struct Row: Sendable {
    let owner: Identifier
    let version: Int64
    let isDeleted: Bool
    let menuSize: Int
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    Row(
      owner: try row.identifier(), version: try row.next(Int64.self), isDeleted: try row.next(Bool.self),
      menuSize: try row.next(Int.self))
  }
}

/// Shops to announce again, behind a cursor, each with the version and type that tell where it stands.
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

/// How many shops a request to republish means.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM shops WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}
