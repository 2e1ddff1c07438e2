import Contracts
import LoadClient
import Telemetry
import NIOHTTP1
import SampleShops
import Synchronization

/// Helpers of the order demo's steps.
extension OrderDemo {
  /// Sends a request and prints it with its response.
  @discardableResult
  func call(
    _ method: HTTPMethod, _ path: String, _ body: (any Encodable & Sendable)? = nil, at client: RESTClient, _ service: String,
    as caller: UserSession, expecting status: Int = 200
  ) async throws -> RESTResponse {
    // Commands that create something or move money require a key.
    let key = method == .GET ? nil : Identifier.v7(at: .now()).description
    let response = try await client.call(method, path, as: caller, json: body, idempotencyKey: key)
    output.call(method.rawValue, path, response, service: service, as: caller)
    return try response.expecting(status, of: "\(method.rawValue) \(path)")
  }

  /// Orders one of each menu item; retried until the order service's shop replica has the shop.
  func place(_ shop: ShopView, token: String) async throws -> Order {
    let order = OrderRequest(
      shopId: shop.id, items: shop.menu.map { .init(menuItemId: $0.id, quantity: 1) },
      deliveryAddress: Address(
        address: "서울특별시 성동구 왕십리로 83-21, 302호", location: Location(latitude: 37.5436, longitude: 127.0445)),
      payment: .init(token: token))
    let key = Identifier.v7(at: .now()).description
    let deadline = ContinuousClock.now + ShopDemo.timeout
    while true {
      let response = try await services.order.call(.POST, "/orders", as: customer, json: order, idempotencyKey: key)
      if response.status != 201 && ContinuousClock.now < deadline {
        try await pause()
        continue
      }
      output.call("POST", "/orders", response, service: "order", as: customer)
      let placed = try response.expecting(201, of: "POST /orders").decode(Order.self)
      output.note(
        "\(placed.items.map { "\($0.name) × \($0.quantity)" }.joined(separator: ", ")); \(placed.subtotal.amount.grouped) + "
          + "\(placed.deliveryFee.amount.grouped) = \(placed.total.amount.grouped) won, by \(token)")
      return placed
    }
  }

  /// Follows an order's tracking stream while `body` runs.
  func following(_ order: Order, _ body: (DemoOrder) async throws -> Void) async throws {
    let tracking = OrderTracking(order: order.id, of: customer, at: services.history)
    // Cancelled at the end of the scope, unless the order's stream ended before.
    async let _: Void = tracking.follow()
    try await body(DemoOrder(order: order, tracking: tracking))
  }

  /// Waits until the tracking stream shows a status, then prints the events and updates since the last step.
  func reach(
    _ order: DemoOrder, _ part: StatusUpdate.Part, _ status: String, within timeout: Duration = Self.timeout
  ) async throws {
    do {
      try await order.tracking.wait(for: part, status, within: timeout)
      await printTimeline(of: order)
    } catch {
      await printTimeline(of: order)
      throw error
    }
  }

  /// Prints the order's new events and status updates in order of arrival.
  func printTimeline(of order: DemoOrder) async {
    let events = await events.events(of: order.subjects).map { TimelineEntry.event($0) }
    let updates = order.tracking.takeNewUpdates().map { TimelineEntry.update($0) }
    for entry in (events + updates).sorted(by: { $0.arrived < $1.arrived }) {
      switch entry {
      case .event(let event): output.eventLine(event)
      case .update(let change): output.statusUpdate(change)
      }
    }
  }

  /// Prints the saga's state.
  @discardableResult
  func showSaga(of order: DemoOrder) async throws -> SagaView {
    let saga = try await call(.GET, "/orders/\(order.id)/saga", at: services.order, "order", as: customer).decode(
      SagaView.self)
    output.saga(saga)
    return saga
  }

  /// Prints the saga's history, once it has this status.
  func showSagaSteps(of order: DemoOrder, ending status: String) async throws {
    let path = "/orders/\(order.id)/saga"
    try await eventually("the saga of order \(order.id) \(status)") {
      let response = try await services.order.call(.GET, path, as: customer).expecting(200, of: "GET \(path)")
      let saga = try response.decode(SagaView.self)
      guard saga.status == status else { return false }
      await printTimeline(of: order)
      output.call("GET", path, response, service: "order", as: customer)
      output.sagaSteps(saga)
      return true
    }
  }

  /// Polls until `condition` returns true.
  ///
  /// - Throws: `StepTimeoutError` after ``timeout``.
  func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + Self.timeout
    while try await !condition() {
      guard ContinuousClock.now < deadline else { throw StepTimeoutError(what: what, timeout: Self.timeout) }
      try await pause()
    }
  }

  private func pause() async throws {
    try await Task.sleep(for: max(.milliseconds(5), services.order.pause))
  }
}

/// A line of an order's timeline.
private enum TimelineEntry {
  case event(ReceivedEvent)
  case update(StatusUpdate)

  var arrived: ContinuousClock.Instant {
    switch self {
    case .event(let event): event.arrived
    case .update(let change): change.arrived
    }
  }
}

/// An order of the demo with its tracking stream.
final class DemoOrder: Sendable {
  let order: Order
  let tracking: OrderTracking
  private let relatedSubjects = Mutex<Set<Identifier>>([])

  init(order: Order, tracking: OrderTracking) {
    (self.order, self.tracking) = (order, tracking)
  }

  var id: Identifier { order.id }

  /// The aggregates whose events are printed with the order's.
  var subjects: Set<Identifier> {
    relatedSubjects.withLock { $0.union([order.id, order.paymentId]) }
  }

  /// Adds a subject whose events are printed with the order's.
  func addSubject(_ subject: Identifier) {
    relatedSubjects.withLock { _ = $0.insert(subject) }
  }
}

/// The body of `POST /orders`; the order service sets the prices.
struct OrderRequest: Encodable {
  struct Item: Encodable { let menuItemId: Identifier, quantity: Int }
  struct Card: Encodable { let token: String }

  let shopId: Identifier
  let items: [Item]
  let deliveryAddress: Address
  let payment: Card
}

/// A step of an order did not complete in time.
struct StepTimeoutError: Error, CustomStringConvertible {
  let what: String
  let timeout: Duration

  var description: String { "\(what): not within \(timeout)" }
}
