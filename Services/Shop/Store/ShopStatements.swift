import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// Inserts a shop with its menu, appends the event, and stores the response if the request has an idempotency key.
struct InsertShop: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      INSERT INTO shops
        (id, owner_id, name, category, district, latitude, longitude, address, minimum_order, delivery_fee, status, version)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)
      RETURNING *
    ), items AS (
      INSERT INTO menu_items (id, shop_id, name, price, description)
      SELECT item.id, $1, item.name, item.price, nullif(item.description, '')
      FROM unnest($12::uuid[], $13::text[], $14::bigint[], $15::text[]) WITH ORDINALITY
        AS item (id, name, price, description, place)
      ORDER BY item.place
      RETURNING *
    ), event AS (
      \(Outbox.insert(.shopCreated, from: 16))
    ), response AS (
      SELECT id, version, \(ShopDocumentSQL.shop("changed", menu: ShopDocumentSQL.menu("items"))) AS document FROM changed
    ), stored AS (
      \(IdempotencyKeys.insert(from: 18))
    )
    SELECT id, version, document FROM response
    """
  let id: Identifier
  let owner: Identifier
  let shop: NewShop
  let items: [Identifier]
  let event: OutboxEntry
  let request: IdempotentRequest?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(owner)
    parameters.append(shop.name)
    parameters.append(shop.category)
    parameters.append(shop.district)
    parameters.append(shop.location.latitude)
    parameters.append(shop.location.longitude)
    parameters.append(shop.address)
    parameters.append(shop.minimumOrder)
    parameters.append(shop.deliveryFee)
    parameters.append(shop.status)
    parameters.append(items)
    parameters.append(shop.menu.map(\.name))
    parameters.append(shop.menu.map(\.price.amount))
    parameters.append(shop.menu.map { $0.description ?? "" })
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }
}

/// Updates a shop's own fields: guard, change, event and response document in one statement.
struct UpdateShop: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE shops
      SET name = coalesce($4, name),
          category = coalesce($5, category),
          district = coalesce($6, district),
          latitude = coalesce($7, latitude),
          longitude = coalesce($8, longitude),
          address = coalesce($9, address),
          minimum_order = coalesce($10, minimum_order),
          delivery_fee = coalesce($11, delivery_fee),
          version = version + 1,
          updated_at = now()
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version)
      RETURNING *
    ), event AS (
      \(Outbox.insert(.shopUpdated, from: 12))
    )
    SELECT id, version, \(ShopDocumentSQL.shop("changed", menu: ShopDocumentSQL.storedMenu(of: "changed"))) FROM changed
    """
  let target: ShopTarget
  let change: ShopChange
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(change.name)
    parameters.append(change.category)
    parameters.append(change.district)
    parameters.append(change.location?.latitude)
    parameters.append(change.location?.longitude)
    parameters.append(change.address)
    parameters.append(change.minimumOrder)
    parameters.append(change.deliveryFee)
    event.bind(&parameters)
  }
}

/// Sets the status; the current one changes nothing and appends no event.
struct UpdateShopStatus: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE shops
      SET status = $4, version = version + 1, updated_at = now()
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version) AND status <> $4
      RETURNING *
    ), event AS (
      \(Outbox.insert(.shopStatusChanged, from: 5))
    ), shop AS (
      SELECT * FROM changed
      UNION ALL
      SELECT * FROM shops
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version) AND status = $4
        AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT shop.id, shop.version, \(ShopDocumentSQL.shop("shop", menu: ShopDocumentSQL.storedMenu(of: "shop"))) FROM shop
    """
  let target: ShopTarget
  let status: ShopStatus
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(status)
    event.bind(&parameters)
  }
}

/// Deletes the menu, and turns the shop's row into a tombstone with its last version.
struct DeleteShop: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH changed AS (
      UPDATE shops
      SET deleted_at = now(), version = version + 1, updated_at = now()
      WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL AND version = coalesce($3, version)
      RETURNING id, version
    ), items AS (
      DELETE FROM menu_items USING changed WHERE menu_items.shop_id = changed.id
    ), event AS (
      \(Outbox.insert(.shopDeleted, from: 4))
    )
    SELECT version FROM changed
    """
  let target: ShopTarget
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    event.bind(&parameters)
  }
}
