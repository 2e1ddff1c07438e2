import Contracts
import LoadClient
import Telemetry
import NIOHTTP1
import SampleShops
import Synchronization

/// What the steps of the tour are made of.
extension OrderTour {
  /// A request, told with its answer.
  @discardableResult
  func call(
    _ method: HTTPMethod, _ path: String, _ body: (any Encodable & Sendable)? = nil, at client: RESTClient, _ service: String,
    as caller: Person, expecting status: Int = 200
  ) async throws -> Answer {
    // Every command here may be sent again; those that move money or create something insist on a key.
    let key = method == .GET ? nil : Identifier.v7(at: .now()).description
    let answer = try await client.call(method, path, as: caller, json: body, idempotencyKey: key)
    narration.call(method.rawValue, path, answer, service: service, as: caller)
    return try answer.expecting(status, of: "\(method.rawValue) \(path)")
  }

  /// Orders one of each dish; tried again for as long as the order service has not heard of the shop.
  func place(_ shop: ShopView, token: String) async throws -> Order {
    let order = NewOrder(
      shopId: shop.id, items: shop.menu.map { .init(menuItemId: $0.id, quantity: 1) },
      deliveryAddress: Address(
        address: "서울특별시 성동구 왕십리로 83-21, 302호", location: Location(latitude: 37.5436, longitude: 127.0445)),
      payment: .init(token: token))
    let key = Identifier.v7(at: .now()).description
    let deadline = ContinuousClock.now + ShopTour.patience
    while true {
      let answer = try await services.order.call(.POST, "/orders", as: customer, json: order, idempotencyKey: key)
      if answer.status != 201 && ContinuousClock.now < deadline {
        try await pause()
        continue
      }
      narration.call("POST", "/orders", answer, service: "order", as: customer)
      let placed = try answer.expecting(201, of: "POST /orders").decode(Order.self)
      narration.note(
        "\(placed.items.map { "\($0.name) × \($0.quantity)" }.joined(separator: ", ")); \(placed.subtotal.amount.grouped) + "
          + "\(placed.deliveryFee.amount.grouped) = \(placed.total.amount.grouped) won, by \(token)")
      return placed
    }
  }

  /// Follows an order's tracking for as long as `body` takes.
  func following(_ order: Order, _ body: (WalkedOrder) async throws -> Void) async throws {
    let tracking = Tracking(order: order.id, of: customer, at: services.history)
    // Ends with the scope, if the order is not at its end by then.
    async let _: Void = tracking.follow()
    try await body(WalkedOrder(order: order, tracking: tracking))
  }

  /// Waits until the customer was told that a part of the order has come so far; then tells what was heard on the way.
  func reach(
    _ order: WalkedOrder, _ part: PushedChange.Part, _ status: String, within patience: Duration = Self.patience
  ) async throws {
    do {
      try await order.tracking.wait(for: part, status, within: patience)
      await tell(of: order)
    } catch {
      await tell(of: order)
      throw error
    }
  }

  /// Tells of the events of all that belongs to the order, and of what was pushed to its customer, in the order in which they came.
  func tell(of order: WalkedOrder) async {
    let events = await events.events(of: order.subjects).map { News.event($0) }
    let pushes = order.tracking.news().map { News.push($0) }
    for news in (events + pushes).sorted(by: { $0.arrived < $1.arrived }) {
      switch news {
      case .event(let event): narration.eventLine(event)
      case .push(let change): narration.pushed(change)
      }
    }
  }

  /// Where the checkout stands.
  @discardableResult
  func showSaga(of order: WalkedOrder) async throws -> SagaView {
    let saga = try await call(.GET, "/orders/\(order.id)/saga", at: services.order, "order", as: customer).decode(
      SagaView.self)
    narration.saga(saga)
    return saga
  }

  /// Every step of the checkout, once it has come to this end.
  func showSagaSteps(of order: WalkedOrder, ending status: String) async throws {
    let path = "/orders/\(order.id)/saga"
    try await eventually("the saga of order \(order.id) \(status)") {
      let answer = try await services.order.call(.GET, path, as: customer).expecting(200, of: "GET \(path)")
      let saga = try answer.decode(SagaView.self)
      guard saga.status == status else { return false }
      await tell(of: order)
      narration.call("GET", path, answer, service: "order", as: customer)
      narration.sagaSteps(saga)
      return true
    }
  }

  /// Asks every few milliseconds until `look` has seen what it looks for.
  ///
  /// - Throws: `NotReachedError` after ``patience``.
  func eventually(_ what: String, _ look: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + Self.patience
    while try await !look() {
      guard ContinuousClock.now < deadline else { throw NotReachedError(what: what, patience: Self.patience) }
      try await pause()
    }
  }

  private func pause() async throws {
    try await Task.sleep(for: max(.milliseconds(5), services.order.pause))
  }
}

/// Something to tell, at its moment.
private enum News {
  case event(SeenEvent)
  case push(PushedChange)

  var arrived: ContinuousClock.Instant {
    switch self {
    case .event(let event): event.arrived
    case .push(let change): change.arrived
    }
  }
}

/// An order that is walked through its life.
final class WalkedOrder: Sendable {
  let order: Order
  let tracking: Tracking
  private let others = Mutex<Set<Identifier>>([])

  init(order: Order, tracking: Tracking) {
    (self.order, self.tracking) = (order, tracking)
  }

  var id: Identifier { order.id }

  /// Whose events belong to the story.
  var subjects: Set<Identifier> {
    others.withLock { $0.union([order.id, order.paymentId]) }
  }

  /// From now on the events of this subject belong to it too.
  func also(_ subject: Identifier) {
    others.withLock { _ = $0.insert(subject) }
  }
}

/// The body of `POST /orders`: what and how much of it; the prices are the server's.
struct NewOrder: Encodable {
  struct Item: Encodable { let menuItemId: Identifier, quantity: Int }
  struct Card: Encodable { let token: String }

  let shopId: Identifier
  let items: [Item]
  let deliveryAddress: Address
  let payment: Card
}

/// A step of an order did not come about.
struct NotReachedError: Error, CustomStringConvertible {
  let what: String
  let patience: Duration

  var description: String { "\(what): not within \(patience)" }
}
