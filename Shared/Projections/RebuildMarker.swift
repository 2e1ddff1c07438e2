import Contracts
public import Redis
import Telemetry

/// Remembers, in the same store as a read model and so lost together with it, that the read model was built in full.
public protocol RebuildMarker: Sendable {
  /// Whether the read model was built in full and has not been lost since.
  func isBuilt() async throws -> Bool
  /// Leaves a trace of a build.
  func beginBuild() async throws
  /// Turns the trace into the mark; false if it was lost, and so everything that was written before.
  func finishBuild() async throws -> Bool
}

/// The mark of a read model in Redis.
public struct RedisRebuildMarker: RebuildMarker {
  private let redis: RedisClient
  private let built: String
  private let building: String

  /// - Parameters:
  ///   - built: the key that is there since the read model was built.
  ///   - building: the beginning of the keys that are there while somebody builds: `building:<builder>`.
  public init(redis: RedisClient, built: String, building: String) {
    self.redis = redis
    self.built = built
    self.building = building + Identifier.v7(at: .now()).description
  }

  public func isBuilt() async throws -> Bool {
    try await redis.get(built) != nil
  }

  /// The trace of a builder who died goes after a day.
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
