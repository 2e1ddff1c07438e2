import Contracts
import NIOCore
import Redis

/// The reading side of the read model.
struct HistoryReader: Sendable {
  let redis: RedisClient

  /// What is held of an order; `nil` unless the order itself is held.
  func view(of id: Identifier) async throws -> OrderView? {
    try await views(of: [id])[0]
  }

  func views(of ids: [Identifier]) async throws -> [OrderView?] {
    let replies = try await redis.send(ids.map { .hmget(HistoryKeys.order($0), HistoryPart.allCases.map(HistoryKeys.name)) })
    return try zip(ids, replies).map { try Self.view(of: $0, $1.elements()) }
  }

  /// Whether orders that aren't held are none; while the read model is being built, they may well be.
  func isBuilt() async throws -> Bool {
    try await redis.get(HistoryKeys.built(.order)) != nil
  }

  /// Orders of a list behind a place, the youngest first; at most `limit`, and the place of the last one if more follow.
  func page(
    _ list: HistoryList, status: OrderStatus?, after place: HistoryPlace?, limit: Int
  ) async throws -> (orders: [Order], next: HistoryPlace?) {
    // One more than the page holds tells whether another page follows.
    let places = try await redis.send(Self.range(list, status?.code ?? 0, after: place, limit: limit + 1)).elements()
      .map(Self.place)
    let page = Array(places.prefix(limit))
    let replies = try await redis.send(page.map { .hget(HistoryKeys.order($0.order), HistoryKeys.name(.order)) })
    var orders: [Order] = []
    for (place, reply) in zip(page, replies) {
      guard let bytes = try reply.optionalBytes() else { continue }
      let order = try Order(compact: bytes, id: place.order)
      // It may have changed since the list was read.
      if status.map({ $0 == order.status }) ?? true { orders.append(order) }
    }
    return (orders, places.count > limit ? page.last : nil)
  }

  private static func view(of id: Identifier, _ parts: [RedisValue]) throws -> OrderView? {
    guard let bytes = try parts[0].optionalBytes() else { return nil }
    let order = try Order(compact: bytes, id: id)
    return OrderView(
      order: order, payment: try parts[1].optionalBytes().map { try Payment(compact: $0, of: order) },
      delivery: try parts[2].optionalBytes().map { try Delivery(compact: $0, of: order) })
  }

  /// Backwards through the members below one tag: from the end, or from before a place.
  private static func range(_ list: HistoryList, _ tag: UInt8, after place: HistoryPlace?, limit: Int) -> RedisCommand {
    var last = ByteBuffer(string: "(")
    last.writeInteger(place == nil ? tag + 1 : tag)
    if let place {
      last.writeMoment(place.placedAt)
      last.writeIdentifier(place.order)
    }
    var first = ByteBuffer(string: "[")
    first.writeInteger(tag)
    return RedisCommand(
      "ZRANGE", HistoryKeys.list(list), .bytes(last), .bytes(first), "BYLEX", "REV", "LIMIT", 0, .int(limit))
  }

  private static func place(_ member: RedisValue) throws -> HistoryPlace {
    guard let bytes = member.bytes else { throw CorruptRecord() }
    var reader = CompactReader(bytes)
    _ = try reader.byte()
    return HistoryPlace(placedAt: try reader.moment(), order: try reader.identifier())
  }
}
