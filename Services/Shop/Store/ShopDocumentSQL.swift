import Persistence

/// SQL expressions for the JSON of a shop and of its menu.
///
/// PostgreSQL produces the documents that clients read: a change and its response are one statement, and the service passes the bytes
/// on without decoding them.
enum ShopDocumentSQL {
  /// A row of `shops` and a menu as the JSON of `Contracts.Shop`.
  static func shop(_ shop: String, menu: String) -> String {
    """
    json_build_object(
      'id', \(shop).id,
      'ownerId', \(shop).owner_id,
      'name', \(shop).name,
      'category', \(shop).category,
      'district', \(shop).district,
      'location', json_build_object('latitude', \(shop).latitude, 'longitude', \(shop).longitude),
      'address', \(shop).address,
      'minimumOrder', \(DocumentSQL.money("\(shop).minimum_order")),
      'deliveryFee', \(DocumentSQL.money("\(shop).delivery_fee")),
      'status', \(shop).status,
      'menu', \(menu),
      'version', \(shop).version,
      'createdAt', \(DocumentSQL.time("\(shop).created_at")),
      'updatedAt', \(DocumentSQL.time("\(shop).updated_at")))
    """
  }

  /// The stored menu of a row of `shops`.
  static func storedMenu(of shop: String) -> String {
    menu("menu_items", where: "menu_items.shop_id = \(shop).id")
  }

  /// The rows of `menu_items`, or of a CTE with its columns, in the order in which they were added.
  static func menu(_ items: String, where condition: String = "true") -> String {
    "(SELECT coalesce(json_agg(\(item(items)) ORDER BY \(items).position), '[]') FROM \(items) WHERE \(condition))"
  }

  /// A row of `menu_items` as the JSON of `Contracts.MenuItem`.
  static func item(_ item: String) -> String {
    """
    json_build_object('id', \(item).id, 'name', \(item).name, 'price', \(DocumentSQL.money("\(item).price")), 'description', \(item).description)
    """
  }
}
