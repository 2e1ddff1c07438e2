import Contracts
import Telemetry
import TestSupport
import Testing

/// A stack with a delivered and reviewed order, its participants, and callers without access to it.
struct AccessFixture: Sendable {
  let stack: OrderStack
  let callers: MatrixCallers
  /// The ids of objects, by the table's placeholders.
  private(set) var objects: [String: Identifier] = [:]

  /// The fixture of the running suite, see ``WithAccessFixture``.
  @TaskLocal static var current: AccessFixture?

  /// Runs `body` with its own stack.
  static func run(_ body: (AccessFixture) async throws -> Void) async throws {
    let stack = try await OrderStack.start(MatrixCallers.settings(try await TokenIssuer.shared()))
    let result: Result<Void, any Error>
    do {
      var fixture = AccessFixture(stack: stack, callers: try await MatrixCallers(on: stack))
      try await fixture.deliverAnOrder()
      result = .success(try await body(fixture))
    } catch {
      result = .failure(error)
    }
    try await stack.stop()
    try result.get()
  }

  /// Whether the stack has a service.
  func runs(_ service: String) -> Bool { OrderStack.names.contains(service) }

  private init(stack: OrderStack, callers: MatrixCallers) {
    self.stack = stack
    self.callers = callers
    objects["customer"] = callers.participants[.customer]?.id
    objects["owner"] = callers.participants[.owner]?.id
    objects["rider"] = callers.participants[.rider]?.id
    objects["spareCustomer"] = callers.spareCustomer.id
  }

  /// A client of a service as a participant of the order.
  func client(_ service: String, _ role: CallerRole) -> RESTClient {
    RESTClient(stack[service].url, principal: callers.participants[role]?.credential)
  }

  /// Replaces the placeholders by the objects' ids, and each `<new>` by a new id.
  func substitute(_ text: String) -> String {
    var text = text
    for (name, id) in objects { text = text.replacing("<\(name)>", with: id.description) }
    while text.contains("<new>") { text = text.replacing("<new>", with: Self.newID().description, maxReplacements: 1) }
    return text
  }

  static func newID() -> Identifier { .v7(at: .now()) }

  // MARK: Preparation

  private mutating func deliverAnOrder() async throws {
    let (shop, spare) = (try await openShop(), try await openShop())
    objects.merge(["shop": shop.id, "item": shop.menu[0].id, "spareShop": spare.id, "spareItem": spare.menu[0].id]) { $1 }
    let order = try await order(from: shop)
    objects.merge(["order": order.id, "payment": order.paymentId]) { $1 }
    objects["delivery"] = try await deliver(order)
    objects["review"] = try await review(order)
    let history = client("order-history", .rider)
    let listing = client("shop-listing", .nobody)
    try await eventually(within: .seconds(20), "the read models") {
      let view = try await history.get("/orders/\(order.id)")
      let page = try await listing.get("/listings/\(shop.id)")
      return page.status == 200 && ["\"delivered\"", "\"captured\""].allSatisfy { view.text.contains($0) }
    }
  }

  private func openShop() async throws -> Shop {
    try await client("shop", .owner).expect(201, "POST", "/shops", substitute(RequestBodies.body("shop POST /shops"))).decode(
      Shop.self)
  }

  private func order(from shop: Shop) async throws -> Order {
    let customer = client("order", .customer)
    let body = substitute(RequestBodies.body("order POST /orders"))
    var placed: Order?
    try await eventually(within: .seconds(20), "the shop at the order service") {
      let response = try await customer.send("POST", "/orders", body, headers: ["Idempotency-Key": "the-order"])
      if response.status == 201 { placed = try response.decode(Order.self) }
      return placed != nil
    }
    guard let placed else { throw UnexpectedResponse(description: "no order") }
    try await eventually(within: .seconds(20), "the payment of the order") {
      try await customer.get("/orders/\(placed.id)").decode(Order.self).status == .paid
    }
    return placed
  }

  private func deliver(_ order: Order) async throws -> Identifier {
    struct Offers: Decodable {
      struct Offer: Decodable { let deliveryId: Identifier }
      let items: [Offer]
    }
    let rider = client("rider", .rider)
    try await rider.expect(201, "POST", "/riders", RequestBodies.body("rider POST /riders"))
    try await rider.expect(200, "PUT", "/riders/\(substitute("<rider>"))/status", #"{"status":"online"}"#)
    try await rider.expect(204, "PUT", "/riders/\(substitute("<rider>"))/location", #"{"latitude":37.5,"longitude":127.03}"#)
    try await client("order", .owner).expect(200, "POST", "/orders/\(order.id)/accept", #"{"preparationMinutes":10}"#)
    var delivery: Identifier?
    try await eventually(within: .seconds(30), every: .milliseconds(50), "an offer to the rider") {
      delivery = try await rider.get("/riders/\(substitute("<rider>"))/offers").decode(Offers.self).items.first?.deliveryId
      return delivery != nil
    }
    guard let delivery else { throw UnexpectedResponse(description: "no offer") }
    for step in ["accept", "pickup", "complete"] { try await rider.expect(200, "POST", "/deliveries/\(delivery)/\(step)") }
    try await eventually(within: .seconds(20), "the end of the order") {
      try await client("order", .customer).get("/orders/\(order.id)").decode(Order.self).status == .delivered
    }
    return delivery
  }

  private func review(_ order: Order) async throws -> Identifier {
    try await client("review", .customer).expect(201, "POST", "/reviews", substitute(RequestBodies.body("review POST /reviews")))
      .decode(Review.self).id
  }
}

/// Provides one fixture for all tests of a suite.
struct WithAccessFixture: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await AccessFixture.run { fixture in
      try await AccessFixture.$current.withValue(fixture) { try await function() }
    }
  }
}
