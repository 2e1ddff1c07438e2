import Contracts
import Logging
import NIOPosix
import Projections
import Redis
import TestSupport

@testable import OrderHistoryService

let quietLogger: Logger = {
  var logger = Logger(label: "order-history-tests")
  logger.logLevel = .critical
  return logger
}()

/// A read model with its own Redis server.
struct TestHistory: Sendable {
  let server: RedisServer
  let redis: RedisClient

  var reader: HistoryReader { HistoryReader(redis: redis) }

  func write(_ orders: Order...) async throws { try await write(orders) }
  func write(_ payments: Payment...) async throws { try await write(payments) }
  func write(_ deliveries: Delivery...) async throws { try await write(deliveries) }

  func write<Item: CompactRecord>(_ items: [Item]) async throws {
    try await PartReadModel<Item>(redis: redis).write(items.map { .live($0) })
  }

  func storedVersion<Item: CompactRecord>(of item: Item) async throws -> Int64? {
    try await PartReadModel<Item>(redis: redis).heldVersions(of: [item.id])[0]
  }

  func ids(_ list: OrderList, _ status: OrderStatus? = nil, limit: Int = 100) async throws -> [Identifier] {
    try await reader.page(list, status: status, after: nil, limit: limit).orders.map(\.id)
  }
}

func withHistory(options: [String] = [], _ body: @escaping @Sendable (TestHistory) async throws -> Void) async throws {
  let server = try await RedisServer(.cache, options: options)
  let redis = RedisClient(
    configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
  try await running([redis]) { try await body(TestHistory(server: server, redis: redis)) }
}

extension TestHistory {
  func projection<Item: CompactRecord>(of source: AggregateClient<Item>) -> Projection<PartReadModel<Item>> {
    Projection(source: source, readModel: PartReadModel(redis: redis))
  }

  func events<Item: CompactRecord>(of source: AggregateClient<Item>) -> ProjectionHandler<PartReadModel<Item>> {
    ProjectionHandler(projection: projection(of: source), service: "order-history")
  }
}
