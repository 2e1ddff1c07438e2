import Projections
import Contracts
import Redis

/// The writing side of the read model for what the shop service says: every write is a compare-and-set on the shop's version.
struct ShopReadModel: ReadModel {
  let redis: RedisClient

  /// The versions held, in order; of deleted shops too, `nil` for those never heard of. Throws `RedisError`.
  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    var versions: [Int64?] = []
    for chunk in ids.chunks(of: 1000) {
      let replies = try await redis.send(chunk.map { .hget(ReadModelKeys.shop($0), "version") })
      versions += try replies.map { try $0.get().int }
    }
    return versions
  }

  /// Writes the states that are newer than what is held. Throws `RedisError`, after which some may have been written.
  func write(_ states: [ReadModelState<Shop>]) async throws {
    for chunk in states.chunks(of: 250) {
      // A rebuild fills Redis's one thread with scripts, so the last of a chunk may wait for a while.
      let replies = try await redis.run(.projection, calls: chunk.map(Self.call), deadline: .seconds(5))
      for reply in replies { try reply.get() }
    }
  }

  /// How many live shops there are.
  func shopCount() async throws -> Int {
    try await redis.zcard(ReadModelKeys.everyShop)
  }

  private static func call(_ state: ReadModelState<Shop>) -> (keys: [String], arguments: [RedisArgument]) {
    switch state {
    case .gone(let tombstone):
      return (keys(of: tombstone.id), [.string(tombstone.id.description), .int(tombstone.version)])
    case .live(let shop):
      let document = ShopRecord(shop)
      return (
        keys(of: shop.id),
        [
          .string(document.id.description), .int(document.version), .bytes(document.head), .bytes(document.menu),
          document.isOpen ? "0" : "1", .string(document.district.rawValue), .string(document.category.rawValue),
          .string(document.newestKey), .string(document.feeKey), .string(document.words),
          .string(document.terms.joined(separator: "\n")),
        ]
      )
    }
  }

  private static func keys(of shop: Identifier) -> [String] {
    [ReadModelKeys.shop(shop), ReadModelKeys.card(shop.description)]
  }
}
