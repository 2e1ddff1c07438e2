import Contracts
import Projections
import Redis

/// The keys of the read model in Redis `cache`.
///
/// | key | type | content |
/// |---|---|---|
/// | `__name__:__aggregate__:<id>` | hash | `version`, and `document` (JSON) unless it was deleted |
/// | `__name__:building:<builder>` | string | exists while a build runs; becomes `built` unless everything was lost meanwhile |
/// | `__name__:built` | string | exists since the read model was built in full |
enum ReadModelKeys {
  static func __aggregate__(_ id: Identifier) -> String { "__name__:__aggregate__:\(id)" }

  static func rebuildMarker(_ redis: RedisClient) -> RedisRebuildMarker {
    RedisRebuildMarker(redis: redis, built: "__name__:built", building: "__name__:building:")
  }
}
