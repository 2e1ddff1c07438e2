import Contracts
import Projections
import Redis

/// Writes shops to the read model. Every write is a compare-and-set on the shop's version.
struct ShopReadModel: ReadModel {
  let redis: RedisClient

  /// - Throws: `RedisError`.
  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    var versions: [Int64?] = []
    for chunk in ids.chunks(of: 1000) {
      let replies = try await redis.send(chunk.map { .hget(ReadModelKeys.shop($0), "version") })
      versions += try replies.map { try $0.get().int }
    }
    return versions
  }

  /// - Throws: `RedisError`, after which some states may have been written.
  func write(_ states: [ReadModelState<Shop>]) async throws {
    for chunk in states.chunks(of: 250) {
      // During a rebuild Redis is busy with scripts, so the last call of a chunk may have to wait.
      let replies = try await redis.run(.projection, calls: chunk.map(Self.call), deadline: .seconds(5))
      for reply in replies { try reply.get() }
    }
  }

  /// The number of shops, without deleted ones.
  func shopCount() async throws -> Int {
    try await redis.zcard(ReadModelKeys.everyShop)
  }

  private static func call(_ state: ReadModelState<Shop>) -> (keys: [String], arguments: [RedisArgument]) {
    switch state {
    case .gone(let tombstone):
      return (keys(of: tombstone.id), [.string(tombstone.id.description), .int(tombstone.version)])
    case .live(let shop):
      let record = ShopRecord(shop)
      return (
        keys(of: shop.id),
        [
          .string(record.id.description), .int(record.version), .bytes(record.head), .bytes(record.menu),
          record.isOpen ? "0" : "1", .string(record.district.rawValue), .string(record.category.rawValue),
          .string(record.newestKey), .string(record.feeKey), .string(record.words),
          .string(record.terms.joined(separator: "\n")),
        ]
      )
    }
  }

  private static func keys(of shop: Identifier) -> [String] {
    [ReadModelKeys.shop(shop), ReadModelKeys.card(shop.description)]
  }
}
