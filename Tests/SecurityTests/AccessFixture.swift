import Contracts
import Telemetry
import TestSupport
import Testing

/// A stack in which one order was delivered and reviewed, with the people who had a part in it, and others who had none.
struct AccessFixture: Sendable {
  let stack: OrderStack
  let people: People
  /// By the names that the table has for them.
  private(set) var objects: [String: Identifier] = [:]

  /// The one of the suite that runs, see ``WithWorld``.
  @TaskLocal static var current: AccessFixture?

  /// Runs `body` in a world of its own.
  static func run(_ body: (AccessFixture) async throws -> Void) async throws {
    let stack = try await OrderStack.start(People.settings(try await TokenIssuer.shared()))
    let result: Result<Void, any Error>
    do {
      var world = AccessFixture(stack: stack, people: try await People(on: stack))
      try await world.deliverAnOrder()
      result = .success(try await body(world))
    } catch {
      result = .failure(error)
    }
    try await stack.stop()
    try result.get()
  }

  /// The services that run.
  func runs(_ service: String) -> Bool { OrderStack.names.contains(service) }

  private init(stack: OrderStack, people: People) {
    self.stack = stack
    self.people = people
    objects["customer"] = people.mine[.customer]?.id
    objects["owner"] = people.mine[.owner]?.id
    objects["rider"] = people.mine[.rider]?.id
    objects["spareCustomer"] = people.spareCustomer.id
  }

  /// A client of one service in the name of one of the people who had a part in the order.
  func client(_ service: String, _ asker: Asker) -> RESTClient {
    RESTClient(stack[service].url, principal: people.mine[asker]?.credential)
  }

  /// Text with the objects in place of their names, and a new id for each `<new>`.
  func filledIn(_ text: String) -> String {
    var text = text
    for (name, id) in objects { text = text.replacing("<\(name)>", with: id.description) }
    while text.contains("<new>") { text = text.replacing("<new>", with: Self.newID().description, maxReplacements: 1) }
    return text
  }

  static func newID() -> Identifier { .v7(at: .now()) }

  // MARK: How it came about

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
    try await client("shop", .owner).expect(201, "POST", "/shops", filledIn(Requests.body("shop POST /shops"))).decode(Shop.self)
  }

  private func order(from shop: Shop) async throws -> Order {
    let customer = client("order", .customer)
    let body = filledIn(Requests.body("order POST /orders"))
    var placed: Order?
    try await eventually(within: .seconds(20), "the shop at the order service") {
      let answer = try await customer.send("POST", "/orders", body, headers: ["Idempotency-Key": "the-order"])
      if answer.status == 201 { placed = try answer.decode(Order.self) }
      return placed != nil
    }
    guard let placed else { throw UnexpectedAnswer(description: "no order") }
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
    try await rider.expect(201, "POST", "/riders", Requests.body("rider POST /riders"))
    try await rider.expect(200, "PUT", "/riders/\(filledIn("<rider>"))/status", #"{"status":"online"}"#)
    try await rider.expect(204, "PUT", "/riders/\(filledIn("<rider>"))/location", #"{"latitude":37.5,"longitude":127.03}"#)
    try await client("order", .owner).expect(200, "POST", "/orders/\(order.id)/accept", #"{"preparationMinutes":10}"#)
    var delivery: Identifier?
    try await eventually(within: .seconds(30), every: .milliseconds(50), "an offer to the rider") {
      delivery = try await rider.get("/riders/\(filledIn("<rider>"))/offers").decode(Offers.self).items.first?.deliveryId
      return delivery != nil
    }
    guard let delivery else { throw UnexpectedAnswer(description: "no offer") }
    for step in ["accept", "pickup", "complete"] { try await rider.expect(200, "POST", "/deliveries/\(delivery)/\(step)") }
    try await eventually(within: .seconds(20), "the end of the order") {
      try await client("order", .customer).get("/orders/\(order.id)").decode(Order.self).status == .delivered
    }
    return delivery
  }

  private func review(_ order: Order) async throws -> Identifier {
    try await client("review", .customer).expect(201, "POST", "/reviews", filledIn(Requests.body("review POST /reviews")))
      .decode(Review.self).id
  }
}

/// Makes one world for all tests of a suite, and ends it after them.
struct WithWorld: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await AccessFixture.run { world in
      try await AccessFixture.$current.withValue(world) { try await function() }
    }
  }
}

extension RESTClient {
  /// Sends a request that must be answered with `status`.
  @discardableResult
  func expect(_ status: Int, _ method: String, _ path: String, _ body: String? = nil) async throws -> RESTAnswer {
    let answer = try await send(method, path, body)
    guard answer.status == status else {
      throw UnexpectedAnswer(description: "\(method) \(path): \(answer.status) \(answer.text)")
    }
    return answer
  }
}

struct UnexpectedAnswer: Error, CustomStringConvertible {
  let description: String
}
