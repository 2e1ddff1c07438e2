import Auth
public import Projections
public import Contracts
public import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceClient
public import ServiceLifecycle
import Synchronization
import Web

/// A fake of the service that owns some aggregates: serves batches and versions of the items that a test provides.
public final class FakeOwner<Item: Aggregate & Codable & Sendable>: Sendable {
  private struct State {
    var items: [Identifier: Item] = [:]
    var deleted: [Identifier: Int64] = [:]
    /// Items that are returned as invalid documents.
    var broken: Set<Identifier> = []
    var status: HTTPResponse.Status?
    var calls: [Int] = []
  }

  private let service: String
  private let collection: String
  private let parameter: String
  private let state = Mutex(State())

  /// - Parameters:
  ///   - collection: the path of the collection, such as `/shops`.
  ///   - parameter: the name of the query parameter with the ids.
  public init(_ service: String, _ collection: String, parameter: String = "ids") {
    self.service = service
    self.collection = collection
    self.parameter = parameter
  }

  public func put(_ items: Item...) {
    put(items)
  }

  public func put(_ items: [Item]) {
    state.withLock { state in
      for item in items { state.items[item.id] = item }
    }
  }

  public func delete(_ id: Identifier, version: Int64) {
    state.withLock { state in
      state.items[id] = nil
      state.deleted[id] = version
    }
  }

  public func breakDocument(of id: Identifier) {
    state.withLock { _ = $0.broken.insert(id) }
  }

  /// Makes every response fail with this status; `nil` ends it.
  public func fail(_ status: HTTPResponse.Status?) {
    state.withLock { $0.status = status }
  }

  /// The number of requested ids of each call.
  public var calls: [Int] { state.withLock { $0.calls } }

  private func batch(_ ids: [Identifier]) throws -> Response {
    let (items, deleted, unknown, isBroken) = try state.withLock { state in
      state.calls.append(ids.count)
      if let status = state.status { throw HTTPError(status) }
      return (
        ids.compactMap { state.items[$0] }, ids.compactMap { id in state.deleted[id].map { Tombstone(id: id, version: $0) } },
        ids.filter { state.items[$0] == nil && state.deleted[$0] == nil }, !state.broken.isDisjoint(with: ids)
      )
    }
    if isBroken { return .json(bytes: ByteBuffer(string: #"{"items":[{"id":"x"}],"deleted":[],"unknown":[]}"#)) }
    return try .json(Batch<Item>(items: items, deleted: deleted, unknown: unknown))
  }

  private func versions() throws -> Response {
    try state.withLock { state in
      if let status = state.status { throw HTTPError(status) }
      let live = state.items.values.map { AggregateVersion(id: $0.id, version: $0.version, deleted: false) }
      let gone = state.deleted.map { AggregateVersion(id: $0, version: $1, deleted: true) }
      return try .json(Page(items: (live + gone).sorted { $0.id < $1.id }, nextCursor: nil))
    }
  }

  /// Serves on a free port while `body` runs; its parameter is the URL.
  public func listening(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
    let router = Router()
    router.get(RouterPath(collection)) { request, _ in
      let ids = try request.query().identifiers(self.parameter, maximum: 500) ?? []
      return try self.batch(ids)
    }
    router.get(RouterPath("\(collection)/versions")) { _, _ in try self.versions() }
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: silentLogger)
    try await running([application]) {
      var iterator = ports.makeAsyncIterator()
      try await body("http://127.0.0.1:\(await iterator.next() ?? 0)")
    }
  }

  /// Serves while `body` runs; its parameter is a client of the aggregates.
  public func serving(_ body: @escaping @Sendable (AggregateClient<Item>) async throws -> Void) async throws {
    try await listening { [service, collection, parameter] url in
      let client = ServiceClient(
        service: service, resolver: StaticResolver([service: ServiceAddress(url)!]), configuration: .init(attempts: 1),
        credentials: NoCredentials(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: silentLogger)
      try await running([client]) {
        try await body(AggregateClient(client: client, collection: collection, parameter: parameter))
      }
    }
  }
}

/// Runs services while `body` runs, then shuts them down gracefully.
public func running(_ services: [any Service], _ body: @Sendable () async throws -> Void) async throws {
  let group = ServiceGroup(services: services, logger: silentLogger)
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

let silentLogger: Logger = {
  var logger = Logger(label: "tests")
  logger.logLevel = .critical
  return logger
}()
