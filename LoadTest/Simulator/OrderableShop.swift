import Contracts
import LoadClient
import NIOHTTP1

/// The data of a shop that an order run needs.
struct OrderableShop: Sendable {
  let id: Identifier
  let owner: Identifier
  let category: Contracts.Category
  let district: District
  let location: Location
  /// Won.
  let minimumOrder: Int64
  /// The items with a price; not empty.
  let menu: [OrderableItem]

  /// `nil` if the shop is not open, has no priced item, or its minimum order exceeds 90 of the cheapest item.
  init?(_ shop: Shop) {
    menu = shop.menu.map { OrderableItem(id: $0.id, price: $0.price.amount) }.filter { $0.price > 0 }
    id = shop.id
    owner = shop.ownerId
    category = shop.category
    district = shop.district
    location = shop.location
    minimumOrder = shop.minimumOrder.amount
    guard shop.status == .open, let cheapest = menu.map(\.price).min(), cheapest * 90 >= minimumOrder else { return nil }
  }

  /// The first `count` orderable shops of these owners.
  ///
  /// - Throws: `NoShopsError` when there is none; `NoResponseError`, `UnexpectedResponse`.
  static func load(from service: RESTClient, count: Int, of owners: [Identifier: UserSession]) async throws -> [OrderableShop] {
    var shops: [OrderableShop] = []
    var cursor: String?
    repeat {
      let path = "/shops?limit=100" + (cursor.map { "&cursor=\($0)" } ?? "")
      let response = try await service.call(.GET, path, as: owners.values.first).expecting(200, of: "GET \(path)")
      let page = try response.decode(Page<Shop>.self)
      shops += page.items.filter { owners[$0.ownerId] != nil }.compactMap { OrderableShop($0) }
      cursor = page.nextCursor
    } while cursor != nil && shops.count < count
    guard !shops.isEmpty else { throw NoShopsError() }
    return Array(shops.prefix(count))
  }
}

/// An item of a menu.
struct OrderableItem: Hashable, Sendable {
  let id: Identifier
  /// Won.
  let price: Int64
}

/// There is no orderable shop.
struct NoShopsError: Error, CustomStringConvertible {
  var description: String {
    "the shop service has no open sample shop with a menu; load some with sample-shops"
  }
}
