import Contracts
import LoadClient
import Telemetry
import NIOCore
import NIOHTTP1
import SampleShops

/// The way of orders through the system: one to the customer's table, and one to each other end.
struct OrderTour: Sendable {
  /// The most that a step may take which waits for nobody but the system: the card network's silence is part of it.
  static let patience = Duration.seconds(15)

  let services: Services
  let cast: Actors
  let events: EventTail
  let narration: Narration

  var customer: Person { cast.customer }
  var owner: Person { cast.owner }
  var rider: Person { cast.rider }
  var `operator`: Person { cast.operator }

  /// - Throws: when a call is refused, or something does not happen in time; the shop is deleted all the same.
  func walk() async throws {
    let opened = try await services.shop.call(.POST, "/shops", as: owner, json: ShopTour.newShop)
    let shop = try opened.expecting(201, of: "POST /shops").decode(ShopView.self)
    // Told by the first tour.
    _ = try await events.event(of: shop.id, sequence: 1, within: ShopTour.patience)
    do {
      try await toTheTable(shop)
      try await toOtherEnds(shop)
      try await books()
    } catch {
      await close(shop)
      throw error
    }
    await close(shop)
  }

  private func close(_ shop: ShopView) async {
    _ = try? await services.rider.call(.PUT, "/riders/\(rider.id)/status", as: rider, json: ["status": "offline"])
    _ = try? await services.shop.call(.DELETE, "/shops/\(shop.id)", as: owner)
  }

  /// From the list of shops to a review that shows in it.
  private func toTheTable(_ shop: ShopView) async throws {
    try await browse(shop)
    try await rideUp()
    narration.chapter("8  The customer orders; the card is asked, and the order is paid")
    try await following(try await place(shop, token: "tok_visa")) { order in
      try await reach(order, .order, "paid")
      try await showSaga(of: order)
      try await accept(order)
      try await deliver(order)
      try await money(of: order)
      try await review(order, of: shop)
      try await composed(order)
      narration.pushes(order.tracking.everything)
    }
  }

  private func browse(_ shop: ShopView) async throws {
    narration.chapter("6  A customer looks for chicken")
    try await services.listing.waitFor(version: 1, of: shop.id, within: ShopTour.patience)
    let path = "/listings?district=seongdong&category=chicken&sort=rating&limit=3"
    let list = try await call(.GET, path, at: services.listing, "shop-listing", as: customer)
    for card in try list.decode(Page<CardView>.self).items {
      narration.note("\(card.name.fitted(to: 40)) \((card.rating ?? .none).text)")
    }
    let page = try await call(.GET, "/listings/\(shop.id)", at: services.listing, "shop-listing", as: customer)
    let menu = try page.decode(ShopView.self).menu.map { "\($0.name) \($0.price.amount.grouped)" }
    narration.note("\(shop.name), \((shop.rating ?? .none).text): \(menu.joined(separator: ", "))")
  }

  private func rideUp() async throws {
    narration.chapter("7  A rider goes online nearby")
    struct NewRider: Encodable { let name: String, vehicle: String }
    let newRider = NewRider(name: "김번개", vehicle: "bicycle")
    try await call(.POST, "/riders", newRider, at: services.rider, "rider", as: rider, expecting: 201)
    try await call(.PUT, "/riders/\(rider.id)/status", ["status": "online"], at: services.rider, "rider", as: rider)
    // Some fifty metres from the shop.
    var location = ShopTour.newShop.location
    location.latitude += 0.000_4
    try await call(
      .PUT, "/riders/\(rider.id)/location", location, at: services.rider, "rider", as: rider, expecting: 204)
  }

  private func accept(_ order: WalkedOrder) async throws {
    narration.chapter("9  The shop accepts; the card is charged, and a rider is looked for")
    try await call(
      .POST, "/orders/\(order.id)/accept", ["preparationMinutes": 15], at: services.order, "order", as: owner)
    try await reach(order, .payment, "captured")
    try await showSaga(of: order)
  }

  private func deliver(_ order: WalkedOrder) async throws {
    narration.chapter("10  The rider is offered the delivery, takes it, and brings the food")
    let delivery = try await offered(order)
    order.also(delivery)
    for (verb, part, status) in [
      ("accept", PushedChange.Part.delivery, "assigned"), ("pickup", .order, "pickedUp"), ("complete", .order, "delivered"),
    ] {
      try await call(.POST, "/deliveries/\(delivery)/\(verb)", at: services.rider, "rider", as: rider)
      try await reach(order, part, status)
    }
    try await showSagaSteps(of: order, ending: "completed")
  }

  /// Waits for the offer; declines those of other orders, which somebody else may be making.
  private func offered(_ order: WalkedOrder) async throws -> Identifier {
    let deadline = ContinuousClock.now + Self.patience
    while ContinuousClock.now < deadline {
      let path = "/riders/\(rider.id)/offers?wait=10"
      let answer = try await services.rider.call(.GET, path, as: rider, deadline: .seconds(20)).expecting(200, of: "GET \(path)")
      for offer in try answer.decode(OffersView.self).items {
        if offer.orderId == order.id {
          narration.call("GET", path, answer, service: "rider", as: rider)
          narration.note("offered first to whoever is nearest: \(offer.distanceMeters.text(decimals: 0)) m from the shop")
          return offer.deliveryId
        }
        _ = try await services.rider.call(.POST, "/deliveries/\(offer.deliveryId)/decline", as: rider)
      }
    }
    throw NotReachedError(what: "an offer to the rider for order \(order.id)", patience: Self.patience)
  }

  private func review(_ order: WalkedOrder, of shop: ShopView) async throws {
    narration.chapter("12  The customer was invited to write a review; its stars show in the listing")
    let invitations = "/customers/\(order.order.customerId)/invitations"
    try await eventually("an invitation to review order \(order.id)") {
      let answer = try await services.review.call(.GET, invitations, as: customer)
      guard answer.status == 200, String(buffer: answer.body).contains(order.id.description) else { return false }
      narration.call("GET", invitations, answer, service: "review", as: customer)
      return true
    }
    struct NewReview: Encodable { let orderId: Identifier, rating: Int, text: String }
    let review = NewReview(orderId: order.id, rating: 5, text: "바삭하고 따뜻하게 도착했어요. 또 시킬게요!")
    let posted = try await call(.POST, "/reviews", review, at: services.review, "review", as: customer, expecting: 201)
    order.also(try posted.decode(NamedView.self).id)
    order.also(shop.id)
    try await eventually("the rating of the shop in the listing") {
      let answer = try await services.listing.call(.GET, "/listings/\(shop.id)", as: customer, isFresh: true)
      guard let rating = try? answer.decode(ShopView.self).rating, rating.count == 1 else { return false }
      await tell(of: order)
      narration.call("GET", "/listings/\(shop.id)", answer, service: "shop-listing", as: customer)
      narration.shown("with \(rating.text)")
      return true
    }
  }

  private func composed(_ order: WalkedOrder) async throws {
    narration.chapter("13  Order, payment and delivery in one view")
    let view = try await call(.GET, "/orders/\(order.id)", at: services.history, "order-history", as: customer)
    let versions = view.headers.first(name: "ETag") ?? "–"
    narration.note("at versions \(versions) of order, payment and delivery; \(view.body.readableBytes) bytes")
    let path = "/customers/\(order.order.customerId)/orders?status=delivered"
    let list = try await call(.GET, path, at: services.history, "order-history", as: customer)
    narration.note("all delivered orders of this customer: \(try list.decode(Page<NamedView>.self).items.count)")
  }
}

extension Rating {
  /// `★ 4.8 (120)`.
  var text: String {
    count == 0 ? "no review yet" : "★ \(average.text(decimals: 1)) (\(count.grouped))"
  }
}
