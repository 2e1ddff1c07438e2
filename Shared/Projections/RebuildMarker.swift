import Contracts
public import Redis
import Telemetry

/// Records that a read model was built in full, in the same store as the read model, so that both are lost together.
public protocol RebuildMarker: Sendable {
  /// Whether the read model was built in full and has not been lost since.
  func isBuilt() async throws -> Bool
  /// Records that a build has begun.
  func beginBuild() async throws
  /// Turns that record into the marker; false if it was lost, and so everything written before.
  func finishBuild() async throws -> Bool
}

/// The marker of a read model in Redis.
public struct RedisRebuildMarker: RebuildMarker {
  private let redis: RedisClient
  private let built: String
  private let building: String

  /// - Parameters:
  ///   - built: the key that exists once the read model is built.
  ///   - building: the prefix of the keys that exist while an instance builds: `building:<builder>`.
  public init(redis: RedisClient, built: String, building: String) {
    self.redis = redis
    self.built = built
    self.building = building + Identifier.v7(at: .now()).description
  }

  public func isBuilt() async throws -> Bool {
    try await redis.get(built) != nil
  }

  /// The key of an instance that crashed while building expires after a day.
  public func beginBuild() async throws {
    try await redis.set(building, "1", ex: .seconds(86_400))
  }

  public func finishBuild() async throws -> Bool {
    let replies = try await redis.transaction([
      RedisCommand("RENAME", .string(building), .string(built)),
      RedisCommand("PERSIST", .string(built)),
    ])
    if replies[0].error?.code == .reply("ERR") { return false }  // no such key
    try replies[0].get()
    return true
  }
}
