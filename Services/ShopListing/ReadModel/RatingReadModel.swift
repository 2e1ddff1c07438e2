import Contracts
import Projections
import Redis

/// Writes ratings to the read model. Every write is a compare-and-set on the rating's own version.
struct RatingReadModel: ReadModel {
  let redis: RedisClient

  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    var versions: [Int64?] = []
    for chunk in ids.chunks(of: 1000) {
      let replies = try await redis.send(chunk.map { .hget(ReadModelKeys.shop($0), "ratingVersion") })
      versions += try replies.map { try $0.get().int }
    }
    return versions
  }

  func write(_ states: [ReadModelState<ShopRating>]) async throws {
    for chunk in states.chunks(of: 250) {
      let replies = try await redis.run(.rating, calls: chunk.map(Self.call), deadline: .seconds(5))
      for reply in replies { try reply.get() }
    }
  }

  private static func call(_ state: ReadModelState<ShopRating>) -> (keys: [String], arguments: [RedisArgument]) {
    switch state {
    case .live(let rating): call(rating.shopId, rating.version, Rating(average: rating.average, count: rating.count))
    case .gone(let tombstone): call(tombstone.id, tombstone.version, .none)
    }
  }

  private static func call(
    _ shop: Identifier, _ version: Int64, _ rating: Rating
  ) -> (keys: [String], arguments: [RedisArgument]) {
    (
      [ReadModelKeys.shop(shop), ReadModelKeys.card(shop.description)],
      [
        .string(shop.description), .int(version), .string(ShopRecord.rating(rating)), .string(SortKey.rating(rating)),
        .string(SortKey.reviews(rating)),
      ]
    )
  }
}
