import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Adds an item unless the menu is full, as a new version of the shop.
struct InsertMenuItem: PostgresStatement {
  static let sql = """
    WITH shop AS (
      UPDATE shops
      SET version = version + 1, updated_at = now()
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version)
        AND (SELECT count(*) FROM menu_items WHERE shop_id = $1) < \(ShopRules.menuSize)
      RETURNING id, version
    ), item AS (
      INSERT INTO menu_items (id, shop_id, name, price, description)
      SELECT $4, shop.id, $5, $6, $7 FROM shop
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $8, 'shop.menuChanged', shop.id, shop.version, $9 FROM shop
    ), answer AS (
      SELECT item.id, shop.version, \(ShopDocumentSQL.item("item")) AS document FROM shop CROSS JOIN item
    ), remembered AS (
      INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body)
      SELECT $10, $11, $12, answer.id, answer.version, answer.document FROM answer WHERE $11::text IS NOT NULL
    )
    SELECT id, version, document FROM answer
    """
  let target: ShopTarget
  let id: Identifier
  let item: NewMenuItem
  let event: OutboxEntry
  let request: IdempotentRequest?

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(id.description)
    parameters.append(item.name)
    parameters.append(item.price.amount)
    parameters.append(item.description)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Updates an item, as a new version of the shop.
struct UpdateMenuItem: PostgresStatement {
  static let sql = """
    WITH shop AS (
      UPDATE shops
      SET version = version + 1, updated_at = now()
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version)
        AND EXISTS (SELECT FROM menu_items WHERE menu_items.id = $4 AND shop_id = $1)
      RETURNING id, version
    ), item AS (
      UPDATE menu_items
      SET name = coalesce($5, name),
          price = coalesce($6, price),
          description = CASE WHEN $7 THEN $8 ELSE description END
      FROM shop
      WHERE menu_items.id = $4 AND menu_items.shop_id = shop.id
      RETURNING menu_items.*
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $9, 'shop.menuChanged', shop.id, shop.version, $10 FROM shop
    )
    SELECT item.id, shop.version, \(ShopDocumentSQL.item("item")) FROM shop CROSS JOIN item
    """
  let target: ShopTarget
  let item: Identifier
  let change: MenuItemChange
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(item.description)
    parameters.append(change.name)
    parameters.append(change.price?.amount)
    parameters.append(change.description != .keep)
    parameters.append(change.description.text)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

extension MenuItemChange.Description {
  fileprivate var text: String? {
    if case .set(let text) = self { text } else { nil }
  }
}

/// Deletes an item, as a new version of the shop.
struct DeleteMenuItem: PostgresStatement {
  static let sql = """
    WITH shop AS (
      UPDATE shops
      SET version = version + 1, updated_at = now()
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version)
        AND EXISTS (SELECT FROM menu_items WHERE menu_items.id = $4 AND shop_id = $1)
      RETURNING id, version
    ), item AS (
      DELETE FROM menu_items USING shop
      WHERE menu_items.id = $4 AND menu_items.shop_id = shop.id
      RETURNING menu_items.id
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $5, 'shop.menuChanged', shop.id, shop.version, $6 FROM shop
    )
    SELECT shop.version FROM shop CROSS JOIN item
    """
  let target: ShopTarget
  let item: Identifier
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(item.description)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int64 {
    try row.next(Int64.self)
  }
}
