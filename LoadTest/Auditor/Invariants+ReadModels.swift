import Projections
import Contracts
import LoadClient
import NIOCore
import NIOHTTP1
import Redis

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// 9: what the two query services keep in Redis, and the copy of the menus that `order` keeps, is what the owners show, field by field; and
/// everything stands in the lists where it belongs.
func readModelsEqualSources(_ evidence: Evidence) async throws -> Finding {
  let copies = try await copiesEqualShops(evidence)
  let history = try await historyEqualsSources(evidence)
  return copies + history + (try await historyListsEqualOrders(evidence))
}

/// 11: shops and reviews that were deleted are nowhere to be seen.
func deletedStaysDeleted(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  let deleted = try await evidence.ask(SelectDeletedShops(), of: .shop)
  for ids in deleted.chunks(of: 500) {
    let cards = try await evidence.cache.mget(ids.map { "card:\($0)" })
    for (id, card) in zip(ids, cards) {
      finding.check(card == nil, "shop \(id) is deleted, and the listing still has a card of it")
    }
    for (id, copy) in try await evidence.ask(SelectShopCopies(ids: Array(ids)), of: .order) {
      finding.check(copy.isDeleted, "shop \(id) is deleted, and order still takes orders for it")
    }
  }
  let reviews = try await evidence.reviewsByID()
  for line in evidence.journal["reviewDeleted"] {
    guard let id = line.id else { continue }
    finding.check(reviews[id]?.isDeleted == true, "the deletion of review \(id) was acknowledged, and it isn't deleted")
  }
  for order in try await evidence.ask(SelectResurrectedOrders(), of: .order) {
    finding.check(false, "order \(order) has an event after its end")
  }
  return finding
}

/// Each shop's card and menu, and the copy that `order` keeps, beside the shop; its rating beside the mean of its reviews; its places in lists.
private func copiesEqualShops(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  let stars = try await evidence.stars()
  var listed: [ListedShop] = []
  for try await shops in pages(of: Shop.self, "/shops", at: evidence.services.shop, as: evidence.operator) {
    let cards = try await evidence.cache.mget(shops.map { "card:\($0.id)" })
    let copies = Dictionary(uniqueKeysWithValues: try await evidence.ask(SelectShopCopies(ids: shops.map(\.id)), of: .order))
    for (shop, card) in zip(shops, cards) {
      let rating = (stars[shop.id] ?? Stars()).rating
      listed.append(ListedShop(shop, rating))
      finding.check(copies[shop.id]?.matches(shop) ?? false, "order's copy of shop \(shop.id) is another")
      guard let card, let menu = try await evidence.cache.hget("shop:\(shop.id)", "menu") else {
        finding.check(false, "shop \(shop.id) is not in the listing")
        continue
      }
      let shown = try JSONDecoder().decode(Card.self, from: Data(card.readableBytesView))
      let dishes = try JSONDecoder().decode([MenuItem].self, from: Data(menu.readableBytesView))
      let differences =
        Card(shop, rating).differences(from: shown) + (dishes == shop.menu ? [] : ["menu"])
      finding.check(differences.isEmpty, "the listing shows another \(differences.joined(separator: ", ")) of shop \(shop.id)")
    }
  }
  return finding + (try await listsEqualShops(listed, evidence))
}

extension ShopCopy {
  /// Whether orders are checked and priced by what the shop says.
  fileprivate func matches(_ shop: Shop) -> Bool {
    struct Dish: Decodable, Hashable {
      let name: String
      let price: Int64
    }
    let dishes = Dictionary(
      uniqueKeysWithValues: shop.menu.map { ($0.id.description, Dish(name: $0.name, price: $0.price.amount)) })
    return !isDeleted && version == shop.version && name == shop.name && status == shop.status.rawValue
      && minimumOrder == shop.minimumOrder.amount && deliveryFee == shop.deliveryFee.amount
      && (try? JSONDecoder().decode([String: Dish].self, from: Data(menu))) == dishes
  }
}

/// What the listing keeps of a shop, but for its menu.
private struct Card: Decodable, Hashable {
  let name: String
  let category: Contracts.Category
  let district: District
  let address: String
  let location: Location
  let minimumOrder: Money
  let deliveryFee: Money
  let status: ShopStatus
  let version: Int64
  let rating: Rating

  init(_ shop: Shop, _ rating: Rating) {
    (name, category, district, address, location) = (shop.name, shop.category, shop.district, shop.address, shop.location)
    (minimumOrder, deliveryFee, status, version) = (shop.minimumOrder, shop.deliveryFee, shop.status, shop.version)
    self.rating = rating
  }

  func differences(from other: Card) -> [String] {
    [
      ("name", name == other.name), ("category", category == other.category), ("district", district == other.district),
      ("address", address == other.address), ("location", location == other.location),
      ("minimumOrder", minimumOrder == other.minimumOrder), ("deliveryFee", deliveryFee == other.deliveryFee),
      ("status", status == other.status), ("version", version == other.version),
      ("rating", rating.count == other.rating.count && abs(rating.average - other.rating.average) < 0.01),
    ].filter { !$0.1 }.map(\.0)
  }
}

/// All pages of a list of a service, one after the other.
func pages<Item: Decodable & Sendable>(
  of type: Item.Type, _ path: String, at client: RESTClient, as caller: Person
) -> AsyncThrowingStream<[Item], any Error> {
  AsyncThrowingStream { continuation in
    let reading = Task {
      do {
        var cursor: String?
        repeat {
          let request = "\(path)?limit=500" + (cursor.map { "&cursor=\($0)" } ?? "")
          let page = try await client.call(.GET, request, as: caller).expecting(200, of: request)
            .decode(Page<Item>.self)
          continuation.yield(page.items)
          cursor = page.nextCursor
        } while cursor != nil
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    continuation.onTermination = { _ in reading.cancel() }
  }
}
