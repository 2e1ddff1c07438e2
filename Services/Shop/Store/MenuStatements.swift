import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// Adds an item unless the menu is full, as a new version of the shop.
struct InsertMenuItem: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE shops
      SET version = version + 1, updated_at = now()
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version)
        AND (SELECT count(*) FROM menu_items WHERE shop_id = $1) < \(ShopRules.menuSize)
      RETURNING id, version
    ), item AS (
      INSERT INTO menu_items (id, shop_id, name, price, description)
      SELECT $4, id, $5, $6, $7 FROM changed
      RETURNING *
    ), event AS (
      \(Outbox.insert(.shopMenuChanged, from: 8))
    ), response AS (
      SELECT item.id, changed.version, \(ShopDocumentSQL.item("item")) AS document FROM changed CROSS JOIN item
    ), stored AS (
      \(IdempotencyKeys.insert(from: 10))
    )
    SELECT id, version, document FROM response
    """
  let target: ShopTarget
  let id: Identifier
  let item: NewMenuItem
  let event: OutboxEntry
  let request: IdempotentRequest?

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(id)
    parameters.append(item.name)
    parameters.append(item.price)
    parameters.append(item.description)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }
}

/// Updates an item, as a new version of the shop.
struct UpdateMenuItem: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
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
      FROM changed
      WHERE menu_items.id = $4 AND menu_items.shop_id = changed.id
      RETURNING menu_items.*
    ), event AS (
      \(Outbox.insert(.shopMenuChanged, from: 9))
    )
    SELECT item.id, changed.version, \(ShopDocumentSQL.item("item")) FROM changed CROSS JOIN item
    """
  let target: ShopTarget
  let item: Identifier
  let change: MenuItemChange
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(item)
    parameters.append(change.name)
    parameters.append(change.price)
    parameters.append(change.description != .keep)
    parameters.append(change.description.text)
    event.bind(&parameters)
  }
}

extension MenuItemChange.Description {
  fileprivate var text: String? {
    if case .set(let text) = self { text } else { nil }
  }
}

/// Deletes an item, as a new version of the shop.
struct DeleteMenuItem: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH changed AS (
      UPDATE shops
      SET version = version + 1, updated_at = now()
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version)
        AND EXISTS (SELECT FROM menu_items WHERE menu_items.id = $4 AND shop_id = $1)
      RETURNING id, version
    ), item AS (
      DELETE FROM menu_items USING changed
      WHERE menu_items.id = $4 AND menu_items.shop_id = changed.id
      RETURNING menu_items.id
    ), event AS (
      \(Outbox.insert(.shopMenuChanged, from: 5))
    )
    SELECT changed.version FROM changed CROSS JOIN item
    """
  let target: ShopTarget
  let item: Identifier
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(item)
    event.bind(&parameters)
  }
}
