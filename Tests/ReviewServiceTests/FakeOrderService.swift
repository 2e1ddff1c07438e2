import Auth
import Contracts
import HTTPTypes
import Hummingbird
import ServiceLifecycle
import Synchronization
import TestSupport
import Web

/// A fake order service that returns the orders of the test.
final class FakeOrderService: Sendable {
  private struct State {
    var orders: [Identifier: Order] = [:]
    var status: HTTPResponse.Status?
    var calls: [[Identifier]] = []
    var callers: Set<String> = []
  }

  let port: Int
  private let state = Mutex(State())

  init() throws {
    port = try FreePort.next()
  }

  func put(_ orders: [Order]) {
    state.withLock { state in
      for order in orders { state.orders[order.id] = order }
    }
  }

  /// Every following response has this status, until `nil`.
  func fail(_ status: HTTPResponse.Status?) {
    state.withLock { $0.status = status }
  }

  /// The ids in each call.
  var calls: [[Identifier]] { state.withLock { $0.calls } }

  /// The services that have called.
  var callers: Set<String> { state.withLock { $0.callers } }

  private func batch(_ ids: [Identifier], for caller: String) throws -> Response {
    let orders = try state.withLock { state in
      state.calls.append(ids)
      state.callers.insert(caller)
      if let status = state.status { throw HTTPError(status) }
      return ids.compactMap { state.orders[$0] }
    }
    let known = Set(orders.map(\.id))
    return try .json(Batch<Order>(items: orders, deleted: [], unknown: ids.filter { !known.contains($0) }))
  }

  /// Serves until the task is cancelled.
  private func run(_ listening: AsyncStream<Swift.Void>.Continuation) async throws {
    let router = Router()
    let verifier = try await TokenIssuer.shared().verifier()
    router.get("orders") { request, _ in
      let ids = try request.query().identifiers("ids", maximum: 500) ?? []
      let token = request.headers[.authorization].map { String($0.dropFirst("Bearer ".count)) } ?? ""
      return try self.batch(ids, for: try await verifier.verify(token).client ?? "")
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
      onServerRunning: { _ in listening.yield() }, logger: quietLogger)
    try await ServiceGroup(services: [application], logger: quietLogger).run()
  }

  /// Starts to serve until the test process exits.
  func start() async {
    let (isListening, listening) = AsyncStream.makeStream(of: Swift.Void.self)
    Task { try await self.run(listening) }
    for await _ in isListening { return }
  }
}

extension Order {
  /// An order in a status.
  static func sample(
    _ id: Identifier = .fresh(), customer: Identifier = .fresh(), shop: Identifier = .fresh(), owner: Identifier = .fresh(),
    status: OrderStatus = .delivered, version: Int64 = 5
  ) -> Order {
    let placed = Timestamp(milliseconds: 1_700_000_000_000)
    let place = Address(address: "강남대로 1", location: Location(latitude: 37.5, longitude: 127))
    return Order(
      id: id, customerId: customer, shopId: shop, ownerId: owner, shopName: "한강치킨", pickup: place, deliveryAddress: place,
      items: [OrderItem(menuItemId: .fresh(), name: "후라이드", price: Money(amount: 18_000), quantity: 1)],
      subtotal: Money(amount: 18_000), deliveryFee: Money(amount: 3_000), total: Money(amount: 21_000), status: status,
      preparationMinutes: 20, reason: nil, paymentId: .fresh(), version: version, placedAt: placed, updatedAt: placed,
      timeline: [
        StatusChange(version: 1, status: .placed, at: placed),
        StatusChange(version: version, status: status, at: Timestamp(milliseconds: placed.milliseconds + 60_000)),
      ])
  }
}

extension Identifier {
  static func fresh() -> Identifier { .v7(at: Timestamp(milliseconds: 1_700_000_000_000)) }
}
