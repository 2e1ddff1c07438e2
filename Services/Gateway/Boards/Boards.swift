import Contracts
import NIOCore
import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Composes what one screen needs in one call; the parts are asked for side by side.
struct Boards: Sendable {
  let sources: BoardSources

  /// The customer's first screen: the best shops of the district, the last orders, what waits for a review.
  func customerHome(_ district: District?, _ customer: Identifier, _ visitor: Visitor) async throws -> Board {
    let filter = district.map { "&district=\($0.rawValue)" } ?? ""
    async let shops = sources.get("shop-listing", "/listings?sort=rating&limit=20\(filter)", as: visitor)
    async let orders = sources.get("order-history", "/customers/\(customer)/orders?limit=5", as: visitor)
    async let invitations = sources.get("review", "/customers/\(customer)/invitations", as: visitor)
    var board = Board()
    board.add("shops", try await shops)
    board.add("orders", try await orders)
    board.add("invitations", try await invitations)
    return board
  }

  /// One order, and the page of its shop. While the history is away the order's owner tells what it knows itself.
  /// - Throws: 404 `order_not_found`.
  func orderPage(_ order: Identifier, _ visitor: Visitor) async throws -> Board {
    var view = try await sources.get("order-history", "/orders/\(order)", as: visitor)
    var board = Board()
    if case .unavailable = view {
      let own = try await sources.get("order", "/orders/\(order)", as: visitor)
      board.add("history", .unavailable)
      view = own
    }
    if case .absent = view { throw Problem.notFound("order_not_found", "there is no order with this id") }
    board.add("order", view)
    guard let shop = view.shop else {
      board.add("shop", .unavailable)
      return board
    }
    board.add("shop", try await sources.get("shop-listing", "/listings/\(shop)", as: visitor))
    return board
  }

  /// The owner's screen: the shop, what is to be answered, what is under way, what guests say.
  func ownerBoard(_ shop: Identifier, _ visitor: Visitor) async throws -> Board {
    async let document = sources.get("shop", "/shops/\(shop)", as: visitor)
    async let waiting = sources.get("order-history", "/shops/\(shop)/orders?status=paid&limit=50", as: visitor)
    async let accepted = sources.get("order-history", "/shops/\(shop)/orders?status=accepted&limit=50", as: visitor)
    async let reviews = sources.get("review", "/reviews?shopId=\(shop)&limit=10", as: visitor)
    async let rating = sources.get("review", "/ratings?shopIds=\(shop)", as: visitor)
    var board = Board()
    board.add("shop", try await document)
    board.add("waiting", try await waiting)
    board.add("accepted", try await accepted)
    board.add("reviews", try await reviews)
    board.add("rating", try await rating)
    return board
  }

  /// The rider's screen: how he is registered, and what is offered to him.
  func riderBoard(_ rider: Identifier, _ visitor: Visitor) async throws -> Board {
    async let document = sources.get("rider", "/riders/\(rider)", as: visitor)
    async let offers = sources.get("rider", "/riders/\(rider)/offers", as: visitor)
    var board = Board()
    board.add("rider", try await document)
    board.add("offers", try await offers)
    return board
  }
}

extension BoardPart {
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
