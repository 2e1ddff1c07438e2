import Contracts
import LoadClient
import Telemetry
import NIOCore
import NIOHTTP1
import SampleShops

/// The order demo: one order that is delivered, and one for each other final status.
struct OrderDemo: Sendable {
  /// The time limit of a step that waits for no person; it includes a timed-out call to the card network.
  static let timeout = Duration.seconds(15)

  let services: Services
  let participants: Participants
  let events: EventTail
  let output: DemoOutput

  var customer: UserSession { participants.customer }
  var owner: UserSession { participants.owner }
  var rider: UserSession { participants.rider }
  var `operator`: UserSession { participants.operator }

  /// - Throws: when a call fails or a step times out; the shop is deleted in any case.
  func run() async throws {
    let opened = try await services.shop.call(.POST, "/shops", as: owner, json: ShopDemo.newShop)
    let shop = try opened.expecting(201, of: "POST /shops").decode(ShopView.self)
    // Removes the event from the buffer; the shop demo printed one like it.
    _ = try await events.event(of: shop.id, sequence: 1, within: ShopDemo.timeout)
    do {
      try await deliverOrder(shop)
      try await runOtherOutcomes(shop)
      try await showLedgerAccounts()
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

  /// From browsing the shops to a review that the listing shows.
  private func deliverOrder(_ shop: ShopView) async throws {
    try await browse(shop)
    try await registerRider()
    output.chapter("8  The customer places an order; the card is authorized, and the order is paid")
    try await following(try await place(shop, token: "tok_visa")) { order in
      try await reach(order, .order, "paid")
      try await showSaga(of: order)
      try await accept(order)
      try await deliver(order)
      try await showSettlement(of: order)
      try await review(order, of: shop)
      try await showHistory(of: order)
      output.statusUpdates(order.tracking.updates)
    }
  }

  private func browse(_ shop: ShopView) async throws {
    output.chapter("6  A customer browses chicken shops")
    try await services.listing.waitFor(version: 1, of: shop.id, within: ShopDemo.timeout)
    let path = "/listings?district=seongdong&category=chicken&sort=rating&limit=3"
    let list = try await call(.GET, path, at: services.listing, "shop-listing", as: customer)
    for card in try list.decode(Page<CardView>.self).items {
      output.note("\(card.name.fitted(to: 40)) \((card.rating ?? .none).text)")
    }
    let page = try await call(.GET, "/listings/\(shop.id)", at: services.listing, "shop-listing", as: customer)
    let menu = try page.decode(ShopView.self).menu.map { "\($0.name) \($0.price.amount.grouped)" }
    output.note("\(shop.name), \((shop.rating ?? .none).text): \(menu.joined(separator: ", "))")
  }

  private func registerRider() async throws {
    output.chapter("7  A rider goes online nearby")
    struct NewRider: Encodable { let name: String, vehicle: String }
    let newRider = NewRider(name: "김번개", vehicle: "bicycle")
    try await call(.POST, "/riders", newRider, at: services.rider, "rider", as: rider, expecting: 201)
    try await call(.PUT, "/riders/\(rider.id)/status", ["status": "online"], at: services.rider, "rider", as: rider)
    // Some fifty metres from the shop.
    var location = ShopDemo.newShop.location
    location.latitude += 0.000_4
    try await call(
      .PUT, "/riders/\(rider.id)/location", location, at: services.rider, "rider", as: rider, expecting: 204)
  }

  private func accept(_ order: DemoOrder) async throws {
    output.chapter("9  The shop accepts; the payment is captured, and the delivery is offered to a rider")
    try await call(
      .POST, "/orders/\(order.id)/accept", ["preparationMinutes": 15], at: services.order, "order", as: owner)
    try await reach(order, .payment, "captured")
    try await showSaga(of: order)
  }

  private func deliver(_ order: DemoOrder) async throws {
    output.chapter("10  The rider accepts the offer, picks up the food and delivers it")
    let delivery = try await offered(order)
    order.addSubject(delivery)
    for (verb, part, status) in [
      ("accept", StatusUpdate.Part.delivery, "assigned"), ("pickup", .order, "pickedUp"), ("complete", .order, "delivered"),
    ] {
      try await call(.POST, "/deliveries/\(delivery)/\(verb)", at: services.rider, "rider", as: rider)
      try await reach(order, part, status)
    }
    try await showSagaSteps(of: order, ending: "completed")
  }

  /// Waits for the order's offer; declines offers of other users' orders.
  private func offered(_ order: DemoOrder) async throws -> Identifier {
    let deadline = ContinuousClock.now + Self.timeout
    while ContinuousClock.now < deadline {
      let path = "/riders/\(rider.id)/offers?wait=10"
      let response = try await services.rider.call(.GET, path, as: rider, deadline: .seconds(20)).expecting(
        200, of: "GET \(path)")
      for offer in try response.decode(OffersView.self).items {
        if offer.orderId == order.id {
          output.call("GET", path, response, service: "rider", as: rider)
          output.note("the nearest rider gets the first offer: \(offer.distanceMeters.text(decimals: 0)) m from the shop")
          return offer.deliveryId
        }
        _ = try await services.rider.call(.POST, "/deliveries/\(offer.deliveryId)/decline", as: rider)
      }
    }
    throw StepTimeoutError(what: "an offer to the rider for order \(order.id)", timeout: Self.timeout)
  }

  private func review(_ order: DemoOrder, of shop: ShopView) async throws {
    output.chapter("12  The customer reviews the order; the listing shows the rating")
    let invitations = "/customers/\(order.order.customerId)/invitations"
    try await eventually("an invitation to review order \(order.id)") {
      let response = try await services.review.call(.GET, invitations, as: customer)
      guard response.status == 200, String(buffer: response.body).contains(order.id.description) else { return false }
      output.call("GET", invitations, response, service: "review", as: customer)
      return true
    }
    struct NewReview: Encodable { let orderId: Identifier, rating: Int, text: String }
    let review = NewReview(orderId: order.id, rating: 5, text: "바삭하고 따뜻하게 도착했어요. 또 시킬게요!")
    let posted = try await call(.POST, "/reviews", review, at: services.review, "review", as: customer, expecting: 201)
    order.addSubject(try posted.decode(IdentifiedView.self).id)
    order.addSubject(shop.id)
    try await eventually("the rating of the shop in the listing") {
      let response = try await services.listing.call(.GET, "/listings/\(shop.id)", as: customer, isFresh: true)
      guard let rating = try? response.decode(ShopView.self).rating, rating.count == 1 else { return false }
      await printTimeline(of: order)
      output.call("GET", "/listings/\(shop.id)", response, service: "shop-listing", as: customer)
      output.observed("rating \(rating.text)")
      return true
    }
  }

  private func showHistory(of order: DemoOrder) async throws {
    output.chapter("13  Order, payment and delivery in one read model")
    let view = try await call(.GET, "/orders/\(order.id)", at: services.history, "order-history", as: customer)
    let versions = view.headers.first(name: "ETag") ?? "–"
    output.note("versions of order, payment and delivery: \(versions); \(view.body.readableBytes) bytes")
    let path = "/customers/\(order.order.customerId)/orders?status=delivered"
    let list = try await call(.GET, path, at: services.history, "order-history", as: customer)
    output.note("delivered orders of this customer: \(try list.decode(Page<IdentifiedView>.self).items.count)")
  }
}

extension Rating {
  /// `★ 4.8 (120)`.
  var text: String {
    count == 0 ? "no review yet" : "★ \(average.text(decimals: 1)) (\(count.grouped))"
  }
}
