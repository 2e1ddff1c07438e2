import Contracts
import NIOCore
import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Composes each screen of the apps from several services' responses, which are fetched concurrently.
struct Screens: Sendable {
  let sources: ScreenSources

  /// The best shops of the district, the customer's last orders, and the orders without a review.
  func customerHome(_ district: District?, _ customer: Identifier, _ caller: Caller) async throws -> Screen {
    let filter = district.map { "&district=\($0.rawValue)" } ?? ""
    async let shops = sources.get("shop-listing", "/listings?sort=rating&limit=20\(filter)", as: caller)
    async let orders = sources.get("order-history", "/customers/\(customer)/orders?limit=5", as: caller)
    async let invitations = sources.get("review", "/customers/\(customer)/invitations", as: caller)
    var screen = Screen()
    screen.add("shops", try await shops)
    screen.add("orders", try await orders)
    screen.add("invitations", try await invitations)
    return screen
  }

  /// An order and its shop's page. While the order history is unavailable, the order service's own document is used.
  /// - Throws: 404 `order_not_found`.
  func order(_ id: Identifier, _ caller: Caller) async throws -> Screen {
    var order = try await sources.get("order-history", "/orders/\(id)", as: caller)
    var screen = Screen()
    if case .unavailable = order {
      let document = try await sources.get("order", "/orders/\(id)", as: caller)
      screen.add("history", .unavailable)
      order = document
    }
    if case .absent = order { throw Problem.notFound("order_not_found", "there is no order with this id") }
    screen.add("order", order)
    guard let shop = order.shop else {
      screen.add("shop", .unavailable)
      return screen
    }
    screen.add("shop", try await sources.get("shop-listing", "/listings/\(shop)", as: caller))
    return screen
  }

  /// The shop, its paid orders to accept or reject, its accepted orders, its reviews and its rating.
  func owner(_ shop: Identifier, _ caller: Caller) async throws -> Screen {
    async let document = sources.get("shop", "/shops/\(shop)", as: caller)
    async let waiting = sources.get("order-history", "/shops/\(shop)/orders?status=paid&limit=50", as: caller)
    async let accepted = sources.get("order-history", "/shops/\(shop)/orders?status=accepted&limit=50", as: caller)
    async let reviews = sources.get("review", "/reviews?shopId=\(shop)&limit=10", as: caller)
    async let rating = sources.get("review", "/ratings?shopIds=\(shop)", as: caller)
    var screen = Screen()
    screen.add("shop", try await document)
    screen.add("waiting", try await waiting)
    screen.add("accepted", try await accepted)
    screen.add("reviews", try await reviews)
    screen.add("rating", try await rating)
    return screen
  }

  /// The rider's own document and current offers.
  func rider(_ rider: Identifier, _ caller: Caller) async throws -> Screen {
    async let document = sources.get("rider", "/riders/\(rider)", as: caller)
    async let offers = sources.get("rider", "/riders/\(rider)/offers", as: caller)
    var screen = Screen()
    screen.add("rider", try await document)
    screen.add("offers", try await offers)
    return screen
  }
}

extension ScreenPart {
  /// The shop id of an order: of the view of `order-history`, or of the document of `order`.
  fileprivate var shop: Identifier? {
    struct OrderDocument: Decodable {
      let shopId: String?
      let order: Order?
      struct Order: Decodable { let shopId: String }
    }
    guard case .document(let bytes) = self,
      let document = try? JSONDecoder().decode(OrderDocument.self, from: Data(bytes.readableBytesView))
    else { return nil }
    return (document.order?.shopId ?? document.shopId).flatMap { Identifier($0) }
  }
}
