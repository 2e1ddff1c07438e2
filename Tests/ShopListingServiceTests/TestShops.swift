import Contracts
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import Projections
import Redis
import TestSupport
import Testing

@testable import ShopListingService

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

let quietLogger: Logger = {
  var logger = Logger(label: "shop-listing-tests")
  logger.logLevel = .critical
  return logger
}()

extension Shop {
  /// A sample shop; its number determines id and creation time, higher numbers being newer.
  static func sample(
    _ number: Int, name: String = "달빛치킨 서교점", category: Contracts.Category = .chicken, district: District = .mapo,
    fee: Int64 = 3000, status: ShopStatus = .open, menu: [MenuItem] = [], version: Int64 = 1
  ) -> Shop {
    let created = Timestamp(milliseconds: 1_767_225_600_000 + Int64(number) * 1000)
    return Shop(
      id: .sample(number), ownerId: .sample(999_999), name: name, category: category, district: district,
      location: Location(latitude: 37.5563, longitude: 126.9236), address: "서울특별시 마포구 양화로 12",
      minimumOrder: Money(amount: 15_000),
      deliveryFee: Money(amount: fee), status: status, menu: menu, version: version, createdAt: created, updatedAt: created)
  }

  func with(version: Int64, _ change: (inout Shop) -> Void = { _ in }) -> Shop {
    var shop = self
    change(&shop)
    shop.version = version
    return shop
  }
}

extension Identifier {
  static func sample(_ number: Int) -> Identifier {
    let digits = String(number)
    return Identifier("0198c0de-0000-7abc-8def-" + String(repeating: "0", count: 12 - digits.count) + digits)!
  }
}

/// A read model with its own Redis server.
struct TestReadModel: Sendable {
  let server: RedisServer
  let redis: RedisClient
  let model: ShopReadModel
  let eventLoopGroup: any EventLoopGroup

  func write(_ shops: Shop...) async throws {
    try await write(shops)
  }

  func write(_ shops: [Shop]) async throws {
    try await model.write(shops.map { .live($0) })
  }

  func delete(_ shop: Shop, version: Int64) async throws {
    try await model.write([.gone(Tombstone(id: shop.id, version: version))])
  }

  func response(_ target: String) async throws -> ReadResponse {
    let request = try #require(ReadRequest(target: target), "\(target) is not a read")
    let connection = redis.connection(on: eventLoopGroup.any())
    return try await connection.eventLoop.flatSubmit { ReadModelReader(redis: connection).response(to: request) }.get()
  }

  func page(_ target: String) async throws -> TestPage {
    let response = try await response(target)
    #expect(response.status == .ok, "\(target): \(String(buffer: response.body))")
    return try decode(TestPage.self, response.body)
  }
}

/// A page as decoded by a client.
struct TestPage: Decodable {
  struct Card: Decodable {
    let id: Identifier
    let name: String
    let category: Contracts.Category
    let district: District
    let address: String
    let location: Location
    let minimumOrder: Money
    let deliveryFee: Money
    let status: ShopStatus
    let version: Int64
    let updatedAt: Timestamp
    let rating: Rating
    let menu: [MenuItem]?
  }

  let items: [Card]
  let nextCursor: String?

  var ids: [Identifier] { items.map(\.id) }
}

func decode<Value: Decodable>(_ type: Value.Type, _ bytes: ByteBuffer) throws -> Value {
  try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
}

/// Provides `body` with a read model that is marked as built.
func withReadModel(_ body: @escaping @Sendable (TestReadModel) async throws -> Void) async throws {
  let server = try await RedisServer(.cache)
  let group = MultiThreadedEventLoopGroup.singleton
  let redis = RedisClient(configuration: server.configuration, eventLoopGroup: group, logger: quietLogger)
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    tasks.addTask { try await redis.run() }
    defer { tasks.cancelAll() }
    let model = ShopReadModel(redis: redis)
    try await model.build()
    try await body(TestReadModel(server: server, redis: redis, model: model, eventLoopGroup: group))
  }
}

extension ShopReadModel {
  /// Marks the read model as built.
  func build() async throws {
    let marker = ReadModelKeys.shopsMarker(redis)
    try await marker.beginBuild()
    let isBuilt = try await marker.finishBuild()
    #expect(isBuilt)
  }
}
