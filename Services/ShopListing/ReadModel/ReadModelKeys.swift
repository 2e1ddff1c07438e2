import Projections
import Contracts
import Redis

/// The keys of the read model in the `cache` Redis.
///
/// | key | type | content |
/// |---|---|---|
/// | `shop:<id>` | hash | `version`, and of a live shop its documents and what places it in lists and search; `ratingVersion` and the rating |
/// | `card:<id>` | string | the card as JSON, as pages show it |
/// | `list:<district\|all>:<category\|all>:<sort>` | zset, all scores 0 | `ListPlace`s: a page is a range by bytes |
/// | `search:<district>` | zset, all scores 0 | `<term>\0<0 open\|1 not><id>`: a lookup is a range by bytes |
/// | `building:<builder>` | string | there while somebody builds; becomes `built`, unless everything was lost meanwhile |
/// | `built` | string | there since the read model was built in full, but for the ratings |
/// | `building-ratings:<builder>`, `built-ratings` | string | the same of the ratings |
enum ReadModelKeys {
  static let built = "built"

  static func shopsMark(_ redis: RedisClient) -> RedisRebuildMarker {
    RedisRebuildMarker(redis: redis, built: built, building: "building:")
  }

  static func ratingsMark(_ redis: RedisClient) -> RedisRebuildMarker {
    RedisRebuildMarker(redis: redis, built: "built-ratings", building: "building-ratings:")
  }

  /// A list that every live shop stands in exactly once.
  static let everyShop = list(district: nil, category: nil, sort: .newest)
  /// The prefixes of all keys that answers are made from.
  static let prefixes = ["shop:", "card:", "list:", "search:"]

  static func shop(_ id: Identifier) -> String { "shop:\(id)" }

  static func card(_ id: some StringProtocol) -> String { "card:\(id)" }

  static func list(district: District?, category: Contracts.Category?, sort: ListSort) -> String {
    "list:\(district?.rawValue ?? "all"):\(category?.rawValue ?? "all"):\(sort.rawValue)"
  }

  static func search(_ district: District) -> String { "search:\(district.rawValue)" }
}
