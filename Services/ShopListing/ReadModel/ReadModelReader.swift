import ServiceDefaults
import Contracts
import HTTPTypes
import NIOCore
import Redis
import Web

/// Answers reads from Redis, putting together what the projection encoded; nothing is decoded.
///
/// Bound to one event loop: `redis` is that loop's connection, and every future is on it.
struct ReadModelReader: Sendable {
  let redis: RedisConnection

  /// The answer, which may be a problem; the future never fails.
  func answer(_ request: ReadRequest) -> EventLoopFuture<ReadAnswer> {
    let answer =
      switch request {
      case .list(let query): list(query)
      case .shop(let id): shop(id)
      case .search(let query): search(query)
      }
    return answer.flatMapErrorThrowing { .problem(Self.problem(for: $0)) }
  }

  private static func problem(for error: any Error) -> Problem {
    if let problem = error as? Problem { return problem }
    return Unavailability.retryAfterSeconds(error).map {
      .unavailable("the read model can't be reached", retryAfterSeconds: $0)
    } ?? .internalError
  }

  // MARK: A shop's page

  private func shop(_ id: Identifier) -> EventLoopFuture<ReadAnswer> {
    let key = ReadModelKeys.shop(id)
    let fields = ["version", "head", "menu", "rating", "ratingVersion"]
    return redis.send([.hmget(key, fields), RedisCommand("EXISTS", .string(ReadModelKeys.built))]).flatMapThrowing { replies in
      let values = try replies[0].elements()
      guard let version = values[0].int else {
        guard try replies[1].integer() == 1 else { throw Problem.beingBuilt }
        throw Problem.notFound("shop_not_found", "there is no shop with this id")
      }
      guard let head = values[1].bytes, let menu = values[2].bytes, let rating = values[3].bytes else {
        throw Problem.gone("this shop was deleted")
      }
      var body = ByteBufferAllocator().buffer(capacity: head.readableBytes + menu.readableBytes + rating.readableBytes + 32)
      body.writeImmutableBuffer(head)
      body.writeStaticString(",\"menu\":")
      body.writeImmutableBuffer(menu)
      body.writeStaticString(",\"rating\":")
      body.writeImmutableBuffer(rating)
      body.writeStaticString("}")
      // The page shows two things that change by themselves: the shop, and what customers think of it.
      let tag = values[4].int.map { "v\(version).\($0)" } ?? "v\(version)"
      return .document(body, dependencies: [key], entityTag: tag)
    }
  }

  // MARK: Lists

  private func list(_ query: ListingQuery) -> EventLoopFuture<ReadAnswer> {
    let key = ReadModelKeys.list(district: query.district, category: query.category, sort: query.sort)
    let start = query.after.map { RedisArgument.string("(" + $0.text) } ?? "-"
    // One more than the page holds tells whether another page follows.
    let range = RedisCommand.zrangeByLex(key, min: start, limit: query.limit + 1)
    return redis.send([range]).flatMapThrowing { try $0[0].texts() }.flatMap { places in
      let page = places.prefix(query.limit)
      let next = places.count > query.limit ? page.last.map { ListingQuery.cursor(behind: $0, sort: query.sort) } : nil
      let shops = page.map { Substring($0.utf8.suffix(36)) }
      return self.page(of: shops, next: next, madeFrom: [key], mayBeEmpty: query.after != nil)
    }
  }

  /// A page of cards; a shop that was deleted since the list was read is left out.
  func page(
    of shops: [Substring], next: String?, madeFrom keys: [String], mayBeEmpty: Bool
  ) -> EventLoopFuture<ReadAnswer> {
    guard !shops.isEmpty else { return emptyPage(madeFrom: keys, mayBeEmpty: mayBeEmpty) }
    let cards = shops.map { ReadModelKeys.card($0) }
    return redis.send([.mget(cards)]).flatMapThrowing { replies in
      let found = try replies[0].elements().compactMap(\.bytes)
      return .document(Self.pageBody(found, next: next), dependencies: keys + cards)
    }
  }

  /// Nothing found is only true of a read model that has been built.
  private func emptyPage(madeFrom keys: [String], mayBeEmpty: Bool) -> EventLoopFuture<ReadAnswer> {
    let answer = ReadAnswer.document(Self.pageBody([], next: nil), dependencies: keys)
    if mayBeEmpty { return redis.eventLoop.makeSucceededFuture(answer) }
    return redis.send([RedisCommand("EXISTS", .string(ReadModelKeys.built))]).flatMapThrowing { replies in
      guard try replies[0].integer() == 1 else { throw Problem.beingBuilt }
      return answer
    }
  }

  private static func pageBody(_ cards: [ByteBuffer], next: String?) -> ByteBuffer {
    var body = ByteBufferAllocator().buffer(capacity: cards.reduce(96) { $0 + $1.readableBytes + 1 } + (next?.utf8.count ?? 0))
    body.writeStaticString("{\"items\":[")
    for (index, card) in cards.enumerated() {
      if index > 0 { body.writeInteger(UInt8(ascii: ",")) }
      body.writeImmutableBuffer(card)
    }
    body.writeStaticString("],\"nextCursor\":")
    body.writeString(next.map { "\"\($0)\"}" } ?? "null}")
    return body
  }
}

extension Problem {
  /// 503: an empty answer would be a lie.
  fileprivate static let beingBuilt = Problem.unavailable("the read model is being built")
}
