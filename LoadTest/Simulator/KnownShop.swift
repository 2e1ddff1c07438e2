import Contracts
import LoadClient
import NIOHTTP1

/// What customers, riders and the owner need to know of a shop.
struct KnownShop: Sendable {
  let id: Identifier
  let owner: Identifier
  let category: Contracts.Category
  let district: District
  let location: Location
  /// Won.
  let minimumOrder: Int64
  /// Not empty; dishes that cost something.
  let menu: [Dish]

  /// The shop, if one can order there without filling 99 of one dish.
  init?(_ shop: Shop) {
    menu = shop.menu.map { Dish(id: $0.id, price: $0.price.amount) }.filter { $0.price > 0 }
    id = shop.id
    owner = shop.ownerId
    category = shop.category
    district = shop.district
    location = shop.location
    minimumOrder = shop.minimumOrder.amount
    guard shop.status == .open, let cheapest = menu.map(\.price).min(), cheapest * 90 >= minimumOrder else { return nil }
  }

  /// The first `count` shops of these owners that take orders.
  ///
  /// - Throws: `NoShopsError` when there is none; `UnansweredError`, `UnexpectedAnswer`.
  static func load(from service: RESTClient, count: Int, of owners: [Identifier: Person]) async throws -> [KnownShop] {
    var shops: [KnownShop] = []
    var cursor: String?
    repeat {
      let path = "/shops?limit=100" + (cursor.map { "&cursor=\($0)" } ?? "")
      let answer = try await service.call(.GET, path, as: owners.values.first).expecting(200, of: "GET \(path)")
      let page = try answer.decode(Page<Shop>.self)
      shops += page.items.filter { owners[$0.ownerId] != nil }.compactMap { KnownShop($0) }
      cursor = page.nextCursor
    } while cursor != nil && shops.count < count
    guard !shops.isEmpty else { throw NoShopsError() }
    return Array(shops.prefix(count))
  }
}

/// A line of a menu.
struct Dish: Hashable, Sendable {
  let id: Identifier
  /// Won.
  let price: Int64
}

/// Nobody to order from.
struct NoShopsError: Error, CustomStringConvertible {
  var description: String {
    "the shop service has no open sample shop with a menu; load some with sample-shops"
  }
}
