import Contracts
import JSON
import NIOCore
import Persistence
import Postgres
import Web

/// Writes a shop to the replica unless the stored version is as new. A shop is one row, so its menu changes atomically.
struct UpsertShop: PostgresStatement {
  static let sql = """
    INSERT INTO shops
      (id, version, deleted, owner_id, name, address, latitude, longitude, status, minimum_order, delivery_fee, menu)
    VALUES ($1, $2, false, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)
    ON CONFLICT (id) DO UPDATE
    SET version = EXCLUDED.version, deleted = false, owner_id = EXCLUDED.owner_id, name = EXCLUDED.name,
        address = EXCLUDED.address, latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude, status = EXCLUDED.status,
        minimum_order = EXCLUDED.minimum_order, delivery_fee = EXCLUDED.delivery_fee, menu = EXCLUDED.menu
    WHERE shops.version < EXCLUDED.version
    """
  let shop: Shop

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(shop.id)
    parameters.append(shop.version)
    parameters.append(shop.ownerId)
    parameters.append(shop.name)
    parameters.append(shop.address)
    parameters.append(shop.location.latitude)
    parameters.append(shop.location.longitude)
    parameters.append(shop.status)
    parameters.append(shop.minimumOrder)
    parameters.append(shop.deliveryFee)
    parameters.append(menu)
  }

  /// `{"<id>": {"name": …, "price": …}}`
  private var menu: [UInt8] {
    var json = JSONText(capacity: 16 + shop.menu.count * 128)
    json.beginObject()
    for item in shop.menu {
      json.key(item.id.description)
      json.beginObject()
      json.add("name", item.name)
      json.add("price", item.price.amount)
      json.endObject()
    }
    json.endObject()
    return Array(buffer: json.buffer)
  }
}

/// Replaces a shop of the replica by a tombstone, which no older state overwrites; inserts the tombstone if there is no row.
struct UpsertShopTombstone: PostgresStatement {
  static let sql = """
    INSERT INTO shops (id, version, deleted) VALUES ($1, $2, true)
    ON CONFLICT (id) DO UPDATE
    SET version = EXCLUDED.version, deleted = true, menu = '{}'
    WHERE shops.version < EXCLUDED.version
    """
  let tombstone: Tombstone

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(tombstone.id)
    parameters.append(tombstone.version)
  }
}

/// The versions in the replica, including those of tombstones.
struct SelectHeldVersions: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT id, version FROM shops WHERE id = ANY ($1::uuid[])"
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }

  static func decode(_ row: inout PostgresRow) throws -> (Identifier, Int64) {
    try (row.next(), row.next())
  }
}

/// Whether any instance has completed a full build of the replica.
struct SelectIsBuilt: PostgresStatement {
  typealias Row = Bool
  static let isReadOnly = true
  static let sql = "SELECT EXISTS (SELECT FROM shop_copy_builds WHERE built)"
}

/// Records that an instance has begun a full build.
struct BeginBuild: PostgresStatement {
  static let sql = "INSERT INTO shop_copy_builds (builder, built) VALUES ($1, false) ON CONFLICT (builder) DO NOTHING"
  let builder: String

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(builder)
  }
}

/// Records that a build is complete. Returns no row if the record of its begin was lost, and with it the writes since.
struct FinishBuild: PostgresStatement {
  static let sql = "UPDATE shop_copy_builds SET built = true WHERE builder = $1 RETURNING 1"
  let builder: String

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(builder)
  }
}
