import NIOCore
import Redis

/// The changed settings of one service: the hash `configuration:<service>` in Redis `events`, with a field for each changed
/// setting and
/// `version`, which is incremented with every change.
///
/// Needs `~configuration:<own>`: HGET, HGETALL, HSET, HDEL, HINCRBY, and MULTI/EXEC.
struct ConfigurationStore: Sendable {
  struct Contents: Sendable {
    let version: Int64
    let fields: [String: String]
  }

  static let versionField = "version"
  private let redis: RedisClient
  private let key: String

  init(service: String, redis: RedisClient) {
    self.redis = redis
    key = "configuration:\(service)"
  }

  /// `nil` when the store is empty: nothing was ever changed, or it has lost its data.
  func version() async throws -> Int64? {
    try await redis.hget(key, Self.versionField).flatMap { Int64(String(buffer: $0)) }
  }

  func contents() async throws -> Contents? {
    var fields = try await redis.hgetAll(key).mapValues { String(buffer: $0) }
    guard let version = fields.removeValue(forKey: Self.versionField).flatMap({ Int64($0) }) else { return nil }
    return Contents(version: version, fields: fields)
  }

  func put(_ name: String, _ value: StoredValue) async throws {
    try await change(.hset(key, [(name, .string(value.text))]))
  }

  func remove(_ name: String) async throws {
    try await change(.hdel(key, [name]))
  }

  /// Restores the last known contents after a loss. Instances that do so concurrently write the same values.
  func restore(_ contents: Contents) async throws {
    let fields = contents.fields.map { ($0.key, RedisArgument.string($0.value)) }
    try await redis.hset(key, fields + [(Self.versionField, .int(contents.version))])
  }

  private func change(_ command: RedisCommand) async throws {
    for reply in try await redis.transaction([command, .hincrby(key, Self.versionField, 1)]) { try reply.get() }
  }
}
