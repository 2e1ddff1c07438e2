import Contracts
import NIOCore
import Redis

/// Reads the values that the projection encoded; it decodes none of them.
///
/// Bound to one event loop: `redis` is that event loop's connection, and every future is on it.
struct ReadModelReader: Sendable {
  let redis: RedisConnection

  /// The future fails with ``ReadModelError`` or `RedisError`.
  func read(_ request: ReadRequest) -> EventLoopFuture<ReadResult> {
    switch request {
    case .list(let query): list(query)
    case .shop(let id): shop(id)
    case .search(let query): search(query)
    }
  }

  private func shop(_ id: Identifier) -> EventLoopFuture<ReadResult> {
    let key = ReadModelKeys.shop(id)
    let fields = ["version", "head", "menu", "rating", "ratingVersion"]
    return redis.send([.hmget(key, fields), RedisCommand("EXISTS", .string(ReadModelKeys.built))]).flatMapThrowing { replies in
      let values = try replies[0].elements()
      guard let version = values[0].int else {
        guard try replies[1].integer() == 1 else { throw ReadModelError.notBuilt }
        throw ReadModelError.unknownShop
      }
      guard let head = values[1].bytes, let menu = values[2].bytes, let rating = values[3].bytes else {
        throw ReadModelError.deletedShop
      }
      let shop = StoredShop(version: version, ratingVersion: values[4].int, head: head, menu: menu, rating: rating)
      return ReadResult(content: .shop(shop), keys: [key])
    }
  }

  private func list(_ query: ListingQuery) -> EventLoopFuture<ReadResult> {
    let key = ReadModelKeys.list(district: query.district, category: query.category, sort: query.sort)
    let start = query.after.map { RedisArgument.string("(" + $0.text) } ?? "-"
    // One more than the page holds, to know whether another page follows.
    let range = RedisCommand.zrangeByLex(key, min: start, limit: query.limit + 1)
    return redis.send([range]).flatMapThrowing { try $0[0].texts() }.flatMap { positions in
      let page = positions.prefix(query.limit)
      let next = positions.count > query.limit ? page.last.map { PagePosition.list($0, query.sort) } : nil
      let shops = page.map { Substring($0.utf8.suffix(36)) }
      return self.page(of: shops, next: next, readFrom: [key], mayBeEmpty: query.after != nil)
    }
  }

  /// A page of cards, without shops that were deleted since the list was read.
  /// - Parameter mayBeEmpty: whether no shops are a valid result even if the read model is not built.
  func page(
    of shops: [Substring], next: PagePosition?, readFrom keys: [String], mayBeEmpty: Bool
  ) -> EventLoopFuture<ReadResult> {
    guard !shops.isEmpty else { return emptyPage(readFrom: keys, mayBeEmpty: mayBeEmpty) }
    let cards = shops.map { ReadModelKeys.card($0) }
    return redis.send([.mget(cards)]).flatMapThrowing { replies in
      let found = try replies[0].elements().compactMap(\.bytes)
      return ReadResult(content: .page(cards: found, next: next), keys: keys + cards)
    }
  }

  private func emptyPage(readFrom keys: [String], mayBeEmpty: Bool) -> EventLoopFuture<ReadResult> {
    let result = ReadResult(content: .page(cards: [], next: nil), keys: keys)
    if mayBeEmpty { return redis.eventLoop.makeSucceededFuture(result) }
    return redis.send([RedisCommand("EXISTS", .string(ReadModelKeys.built))]).flatMapThrowing { replies in
      guard try replies[0].integer() == 1 else { throw ReadModelError.notBuilt }
      return result
    }
  }
}
