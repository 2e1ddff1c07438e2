import Contracts
import Projections
import Redis

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The read model of __wordsPlural__ in Redis: every write is a compare-and-set on the version.
struct __Aggregate__ReadModel: ReadModel {
  let redis: RedisClient

  /// What is stored of an id.
  enum Stored: Equatable {
    case live(version: Int64, json: [UInt8])
    case deleted
  }

  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    let replies = try await redis.send(ids.map { .hget(ReadModelKeys.__aggregate__($0), "version") })
    return try replies.map { try $0.get().int }
  }

  func write(_ states: [ReadModelState<__Aggregate__>]) async throws {
    if states.isEmpty { return }
    let calls = try states.map(Self.call)
    for reply in try await redis.run(.writeIfNewer, calls: calls, deadline: .seconds(5)) { try reply.get() }
  }

  /// `nil` if there never was such a __words__, as far as the read model knows.
  func read(_ id: Identifier) async throws -> Stored? {
    let command = RedisCommand("HMGET", .string(ReadModelKeys.__aggregate__(id)), "version", "document")
    let fields = try await redis.send(command).array ?? []
    guard fields.count == 2, let version = fields[0].int else { return nil }
    guard let document = fields[1].string else { return .deleted }
    return .live(version: version, json: Array(document.utf8))
  }

  private static func call(
    _ state: ReadModelState<__Aggregate__>
  ) throws -> (keys: [String], arguments: [RedisArgument]) {
    switch state {
    case .live(let item):
      let document = String(decoding: try JSONEncoder().encode(item), as: UTF8.self)
      return ([ReadModelKeys.__aggregate__(item.id)], [.int(item.version), .string(document)])
    case .gone(let tombstone):
      return ([ReadModelKeys.__aggregate__(tombstone.id)], [.int(tombstone.version)])
    }
  }
}

extension RedisScript {
  /// Writes one version, unless the stored one is as new. `KEYS`: the hash. `ARGV`: the version, and the document unless it was deleted.
  /// Returns 1 if it wrote.
  fileprivate static let writeIfNewer = RedisScript(
    """
    local stored = redis.call('HGET', KEYS[1], 'version')
    if stored and tonumber(stored) >= tonumber(ARGV[1]) then return 0 end
    redis.call('HSET', KEYS[1], 'version', ARGV[1])
    if ARGV[2] then redis.call('HSET', KEYS[1], 'document', ARGV[2]) else redis.call('HDEL', KEYS[1], 'document') end
    return 1
    """)
}
