import Contracts
import NIOCore
import Redis

/// Reads the read model.
struct HistoryReader: Sendable {
  let redis: RedisClient

  /// An order with its payment and delivery; `nil` if the order is not in the read model.
  func view(of id: Identifier) async throws -> OrderView? {
    try await views(of: [id])[0]
  }

  func views(of ids: [Identifier]) async throws -> [OrderView?] {
    let replies = try await redis.send(ids.map { .hmget(HistoryKeys.order($0), HistoryPart.allCases.map(HistoryKeys.name)) })
    return try zip(ids, replies).map { try Self.view(of: $0, $1.elements()) }
  }

  /// Whether all orders are in the read model; during a rebuild some may be missing.
  func isBuilt() async throws -> Bool {
    try await redis.get(HistoryKeys.built(.order)) != nil
  }

  /// At most `limit` orders of a list after a position, newest first.
  func page(
    _ list: OrderList, status: OrderStatus?, after position: OrderListPosition?, limit: Int
  ) async throws -> OrderListPage {
    // One more than the page holds, to know whether another page follows.
    let range = Self.range(list, status?.code ?? 0, after: position, limit: limit + 1)
    let positions = try await redis.send(range).elements().map(Self.position)
    let page = Array(positions.prefix(limit))
    let replies = try await redis.send(page.map { .hget(HistoryKeys.order($0.order), HistoryKeys.name(.order)) })
    var orders: [Order] = []
    for (position, reply) in zip(page, replies) {
      guard let bytes = try reply.optionalBytes() else { continue }
      let order = try Order(compact: bytes, id: position.order)
      // The order may have changed since the list was read.
      if status.map({ $0 == order.status }) ?? true { orders.append(order) }
    }
    return OrderListPage(orders: orders, next: positions.count > limit ? page.last : nil)
  }

  private static func view(of id: Identifier, _ parts: [RedisValue]) throws -> OrderView? {
    guard let bytes = try parts[0].optionalBytes() else { return nil }
    let order = try Order(compact: bytes, id: id)
    return OrderView(
      order: order, payment: try parts[1].optionalBytes().map { try Payment(compact: $0, of: order) },
      delivery: try parts[2].optionalBytes().map { try Delivery(compact: $0, of: order) })
  }

  /// The members with a status byte in reverse order, from the end or from before a position.
  private static func range(
    _ list: OrderList, _ status: UInt8, after position: OrderListPosition?, limit: Int
  ) -> RedisCommand {
    var last = ByteBuffer(string: "(")
    last.writeInteger(position == nil ? status + 1 : status)
    if let position {
      last.writeMoment(position.placedAt)
      last.writeIdentifier(position.order)
    }
    var first = ByteBuffer(string: "[")
    first.writeInteger(status)
    return RedisCommand(
      "ZRANGE", HistoryKeys.list(list), .bytes(last), .bytes(first), "BYLEX", "REV", "LIMIT", 0, .int(limit))
  }

  private static func position(_ member: RedisValue) throws -> OrderListPosition {
    guard let bytes = member.bytes else { throw CorruptRecord() }
    var reader = CompactReader(bytes)
    _ = try reader.byte()
    return OrderListPosition(placedAt: try reader.moment(), order: try reader.identifier())
  }
}
