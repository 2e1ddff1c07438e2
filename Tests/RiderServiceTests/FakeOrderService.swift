import Contracts
import HTTPTypes
import Hummingbird
import ServiceLifecycle
import Synchronization
import Web

/// A fake order service that returns the orders of the test.
final class FakeOrderService: Sendable {
  private struct State {
    var orders: [Identifier: Order] = [:]
    var status: HTTPResponse.Status?
    var calls: [Int] = []
  }

  private let state = Mutex(State())

  func put(_ orders: [Order]) {
    state.withLock { state in
      for order in orders { state.orders[order.id] = order }
    }
  }

  /// Every following response has this status, until `nil`.
  func fail(_ status: HTTPResponse.Status?) {
    state.withLock { $0.status = status }
  }

  /// The number of ids in each call.
  var calls: [Int] { state.withLock { $0.calls } }

  private func batch(_ ids: [Identifier]) throws -> Response {
    let orders = try state.withLock { state in
      state.calls.append(ids.count)
      if let status = state.status { throw HTTPError(status) }
      return ids.compactMap { state.orders[$0] }
    }
    let known = Set(orders.map(\.id))
    return try .json(Batch<Order>(items: orders, deleted: [], unknown: ids.filter { !known.contains($0) }))
  }

  /// Serves on a free port until the task is cancelled.
  /// - Parameter listening: called with the port.
  func serve(_ listening: @escaping @Sendable (Int) -> Void) async throws {
    let router = Router()
    router.get("orders") { request, _ in
      try self.batch(try request.query().identifiers("ids", maximum: 500) ?? [])
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { listening($0.localAddress?.port ?? 0) }, logger: quietLogger)
    try await application.run()
  }

  /// Serves while `body` runs.
  func serving(_ body: (Int) async throws -> Void) async throws {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let server = Task { try await self.serve { port.yield($0) } }
    defer { server.cancel() }
    var iterator = ports.makeAsyncIterator()
    try await body(await iterator.next() ?? 0)
  }
}
