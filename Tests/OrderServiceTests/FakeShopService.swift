import Auth
import Contracts
import HTTPTypes
import Hummingbird
import NIOPosix
import Projections
import ServiceClient
import ServiceLifecycle
import Synchronization
import Web

/// The shop service's API over shops that the test sets.
final class FakeShopService: Sendable {
  private struct State {
    var shops: [Identifier: Shop] = [:]
    var deleted: [Identifier: Int64] = [:]
    var status: HTTPResponse.Status?
    var batchSizes: [Int] = []
  }

  private let state = Mutex(State())

  func put(_ shops: Shop...) {
    put(shops)
  }

  func put(_ shops: [Shop]) {
    state.withLock { state in
      for shop in shops { state.shops[shop.id] = shop }
    }
  }

  func delete(_ id: Identifier, version: Int64) {
    state.withLock { state in
      state.shops[id] = nil
      state.deleted[id] = version
    }
  }

  /// Responds to every request with a status from now on; `nil` ends it.
  func fail(_ status: HTTPResponse.Status?) {
    state.withLock { $0.status = status }
  }

  /// The number of ids of each request.
  var batchSizes: [Int] { state.withLock { $0.batchSizes } }

  private func batch(_ ids: [Identifier]) throws -> Response {
    try state.withLock { state in
      state.batchSizes.append(ids.count)
      if let status = state.status { throw HTTPError(status) }
      return try .json(
        Batch<Shop>(
          items: ids.compactMap { state.shops[$0] },
          deleted: ids.compactMap { id in state.deleted[id].map { Tombstone(id: id, version: $0) } },
          unknown: ids.filter { state.shops[$0] == nil && state.deleted[$0] == nil }))
    }
  }

  private func versions() throws -> Response {
    try state.withLock { state in
      if let status = state.status { throw HTTPError(status) }
      let live = state.shops.values.map { AggregateVersion(id: $0.id, version: $0.version, deleted: false) }
      let gone = state.deleted.map { AggregateVersion(id: $0, version: $1, deleted: true) }
      return try .json(Page(items: (live + gone).sorted { $0.id < $1.id }, nextCursor: nil))
    }
  }

  /// Serves the API on a free port while `body` runs.
  func serving(_ body: @escaping @Sendable (AggregateClient<Shop>) async throws -> Void) async throws {
    let router = Router()
    router.get("shops") { request, _ in try self.batch(request.query().identifiers("ids", maximum: 500) ?? []) }
    router.get("shops/versions") { _, _ in try self.versions() }
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: quietLogger)
    try await Self.running([application]) {
      var iterator = ports.makeAsyncIterator()
      let listening = await iterator.next() ?? 0
      let client = ServiceClient(
        service: "shop", resolver: StaticResolver(["shop": ServiceAddress("http://127.0.0.1:\(listening)")!]),
        configuration: .init(attempts: 1), credentials: NoCredentials(),
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
      try await Self.running([client]) { try await body(AggregateClient(client: client, collection: "/shops")) }
    }
  }

  private static func running(_ services: [any Service], _ body: @escaping @Sendable () async throws -> Void) async throws {
    let group = ServiceGroup(services: services, logger: quietLogger)
    async let ended: Void = group.run()
    do {
      try await body()
    } catch {
      await group.triggerGracefulShutdown()
      try await ended
      throw error
    }
    await group.triggerGracefulShutdown()
    try await ended
  }
}
