import Contracts
import NIOCore
import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Composes what one screen needs in one call; the parts are asked for side by side.
struct Screens: Sendable {
  let sources: ScreenSources

  /// The customer's first screen: the best shops of the district, the last orders, what waits for a review.
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

  /// One order, and the page of its shop. While the history is away the order's owner tells what it knows itself.
  /// - Throws: 404 `order_not_found`.
  func orderPage(_ order: Identifier, _ caller: Caller) async throws -> Screen {
    var view = try await sources.get("order-history", "/orders/\(order)", as: caller)
    var screen = Screen()
    if case .unavailable = view {
      let own = try await sources.get("order", "/orders/\(order)", as: caller)
      screen.add("history", .unavailable)
      view = own
    }
    if case .absent = view { throw Problem.notFound("order_not_found", "there is no order with this id") }
    screen.add("order", view)
    guard let shop = view.shop else {
      screen.add("shop", .unavailable)
      return screen
    }
    screen.add("shop", try await sources.get("shop-listing", "/listings/\(shop)", as: caller))
    return screen
  }

  /// The owner's screen: the shop, what is to be answered, what is under way, what guests say.
  func ownerBoard(_ shop: Identifier, _ caller: Caller) async throws -> Screen {
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

  /// The rider's screen: how he is registered, and what is offered to him.
  func riderBoard(_ rider: Identifier, _ caller: Caller) async throws -> Screen {
    async let document = sources.get("rider", "/riders/\(rider)", as: caller)
    async let offers = sources.get("rider", "/riders/\(rider)/offers", as: caller)
    var screen = Screen()
    screen.add("rider", try await document)
    screen.add("offers", try await offers)
    return screen
  }
}

extension ScreenPart {
  /// The shop that an order is of.
  fileprivate var shop: Identifier? {
    struct OfShop: Decodable {
      let shopId: String?
      let order: Order?
      struct Order: Decodable { let shopId: String }
    }
    guard case .document(let bytes) = self,
      let document = try? JSONDecoder().decode(OfShop.self, from: Data(bytes.readableBytesView))
    else { return nil }
    return (document.order?.shopId ?? document.shopId).flatMap { Identifier($0) }
  }
}
