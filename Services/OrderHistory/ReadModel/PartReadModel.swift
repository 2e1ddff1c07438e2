import Contracts
import NIOCore
import Projections
import Redis

/// Writes one part of the histories to the read model. Every write is a compare-and-set on the document's version.
struct PartReadModel<Item: CompactRecord>: ReadModel {
  let redis: RedisClient

  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    var versions: [Int64?] = []
    for chunk in ids.chunks(of: 1000) {
      let replies = try await redis.send(
        chunk.map { RedisCommand("HGET", .string(HistoryKeys.versions(Item.part, $0)), .identifier($0)) })
      versions += try replies.map { try $0.get().int }
    }
    return versions
  }

  func write(_ states: [ReadModelState<Item>]) async throws {
    for chunk in states.chunks(of: 250) {
      let orders = try await storedOrders(chunk)
      // During a rebuild Redis is busy with scripts, so the last call of a chunk may have to wait.
      let replies = try await redis.run(.part, calls: chunk.map { Self.call($0, orders) }, deadline: .seconds(5))
      for reply in replies { try reply.get() }
    }
  }

  /// The orders of payments or deliveries, as far as they are stored.
  private func storedOrders(_ states: [ReadModelState<Item>]) async throws -> [Identifier: Order] {
    if Item.part == .order { return [:] }
    let ids = states.compactMap { if case .live(let item) = $0 { item.recordID } else { nil } }
    let replies = try await redis.send(ids.map { .hget(HistoryKeys.order($0), HistoryKeys.name(.order)) })
    var orders: [Identifier: Order] = [:]
    for (id, reply) in zip(ids, replies) {
      if let bytes = try reply.optionalBytes() { orders[id] = try Order(compact: bytes, id: id) }
    }
    return orders
  }

  private static func call(
    _ state: ReadModelState<Item>, _ orders: [Identifier: Order]
  ) -> (keys: [String], arguments: [RedisArgument]) {
    switch state {
    case .live(let item):
      call(item.id, item.version, of: item.recordID, .bytes(item.compact(relativeTo: orders[item.recordID])))
    case .gone(let tombstone):
      // A tombstone does not name the order, so of a payment or delivery only the version is stored. They are never deleted in
      // practice.
      call(tombstone.id, tombstone.version, of: tombstone.id, "")
    }
  }

  private static func call(
    _ id: Identifier, _ version: Int64, of order: Identifier, _ document: RedisArgument
  ) -> (keys: [String], arguments: [RedisArgument]) {
    (
      [HistoryKeys.order(order), HistoryKeys.versions(Item.part, id)],
      [.string(HistoryKeys.name(Item.part)), .identifier(id), .int(version), .identifier(order), document]
    )
  }
}

extension RedisArgument {
  /// An identifier as sixteen bytes.
  static func identifier(_ id: Identifier) -> RedisArgument {
    var bytes = ByteBufferAllocator().buffer(capacity: 16)
    bytes.writeIdentifier(id)
    return .bytes(bytes)
  }
}
