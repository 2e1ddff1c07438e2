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

/// 9: the query services' read models in Redis and the order service's shop replica equal their sources, field by field, and all lists are
/// complete and sorted.
func readModelsEqualSources(_ context: AuditContext) async throws -> Finding {
  let shops = try await replicasEqualShops(context)
  let history = try await historyEqualsSources(context)
  return shops + history + (try await historyListsEqualOrders(context))
}

/// 11: deleted shops and reviews are not shown anywhere.
func deletedStaysDeleted(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  let deleted = try await context.query(SelectDeletedShops(), of: .shop)
  for ids in deleted.chunks(of: 500) {
    let cards = try await context.cache.mget(ids.map { "card:\($0)" })
    for (id, card) in zip(ids, cards) {
      finding.check(card == nil, "shop \(id) is deleted, but the listing still has its card")
    }
    for (id, replica) in try await context.query(SelectShopReplicas(ids: Array(ids)), of: .order) {
      finding.check(replica.isDeleted, "shop \(id) is deleted, but not in order's replica")
    }
  }
  let reviews = try await context.reviewsByID()
  for line in context.journal["reviewDeleted"] {
    guard let id = line.id else { continue }
    finding.check(reviews[id]?.isDeleted == true, "the deletion of review \(id) was acknowledged, but it isn't deleted")
  }
  for order in try await context.query(SelectResurrectedOrders(), of: .order) {
    finding.check(false, "order \(order) has an event after a final one")
  }
  return finding
}

/// Compares each shop with its card and menu in the listing and with the order service's replica, its rating with its reviews, and the lists.
private func replicasEqualShops(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  let ratingTotals = try await context.ratingTotals()
  var listed: [ListedShop] = []
  for try await shops in pages(of: Shop.self, "/shops", at: context.services.shop, as: context.operator) {
    let cards = try await context.cache.mget(shops.map { "card:\($0.id)" })
    let replicas = Dictionary(uniqueKeysWithValues: try await context.query(SelectShopReplicas(ids: shops.map(\.id)), of: .order))
    for (shop, card) in zip(shops, cards) {
      let rating = (ratingTotals[shop.id] ?? RatingTotals()).rating
      listed.append(ListedShop(shop, rating))
      finding.check(replicas[shop.id]?.matches(shop) ?? false, "order's replica of shop \(shop.id) is different")
      guard let card, let menu = try await context.cache.hget("shop:\(shop.id)", "menu") else {
        finding.check(false, "shop \(shop.id) is not in the listing")
        continue
      }
      let shown = try JSONDecoder().decode(ListingCard.self, from: Data(card.readableBytesView))
      let items = try JSONDecoder().decode([MenuItem].self, from: Data(menu.readableBytesView))
      let differences =
        ListingCard(shop, rating).differences(from: shown) + (items == shop.menu ? [] : ["menu"])
      finding.check(
        differences.isEmpty, "the listing shows a different \(differences.joined(separator: ", ")) of shop \(shop.id)")
    }
  }
  return finding + (try await listsEqualShops(listed, context))
}

extension ShopReplica {
  /// Whether the replica has the shop's current data.
  fileprivate func matches(_ shop: Shop) -> Bool {
    struct ReplicatedItem: Decodable, Hashable {
      let name: String
      let price: Int64
    }
    let items = Dictionary(
      uniqueKeysWithValues: shop.menu.map { ($0.id.description, ReplicatedItem(name: $0.name, price: $0.price.amount)) })
    return !isDeleted && version == shop.version && name == shop.name && status == shop.status.rawValue
      && minimumOrder == shop.minimumOrder.amount && deliveryFee == shop.deliveryFee.amount
      && (try? JSONDecoder().decode([String: ReplicatedItem].self, from: Data(menu))) == items
  }
}

/// A shop in the listing, without its menu.
private struct ListingCard: Decodable, Hashable {
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

  func differences(from other: ListingCard) -> [String] {
    [
      ("name", name == other.name), ("category", category == other.category), ("district", district == other.district),
      ("address", address == other.address), ("location", location == other.location),
      ("minimumOrder", minimumOrder == other.minimumOrder), ("deliveryFee", deliveryFee == other.deliveryFee),
      ("status", status == other.status), ("version", version == other.version),
      ("rating", rating.count == other.rating.count && abs(rating.average - other.rating.average) < 0.01),
    ].filter { !$0.1 }.map(\.0)
  }
}

/// Fetches all pages of a service's list.
func pages<Item: Decodable & Sendable>(
  of type: Item.Type, _ path: String, at client: RESTClient, as caller: UserSession
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
