import Contracts
import Projections
import Redis

/// The keys of the read model in the `cache` Redis.
///
/// | key | type | content |
/// |---|---|---|
/// | `shop:<id>` | hash | the shop's documents, list positions, search terms and rating; if deleted only the versions |
/// | `card:<id>` | string | the card, as JSON |
/// | `list:<district\|all>:<category\|all>:<sort>` | zset, all scores 0 | ``ListPosition``s; a page is a lexicographical range |
/// | `search:<district>` | zset, all scores 0 | `<term>\0<0 open\|1 not><id>`; a lookup is a lexicographical range |
/// | `building:<builder>` | string | exists during a build; renamed to `built` at its end, unless Redis lost its data meanwhile |
/// | `built` | string | exists once the read model was built in full, except for ratings |
/// | `building-ratings:<builder>`, `built-ratings` | string | the same for ratings |
enum ReadModelKeys {
  static let built = "built"
  static let listPrefix = "list:"
  static let searchPrefix = "search:"
  private static let shopPrefix = "shop:"
  private static let cardPrefix = "card:"

  /// The prefixes of all keys on which responses depend.
  static let prefixes = [shopPrefix, cardPrefix, listPrefix, searchPrefix]
  /// A list that contains each shop once, except deleted ones.
  static let everyShop = list(district: nil, category: nil, sort: .newest)

  static func shopsMarker(_ redis: RedisClient) -> RedisRebuildMarker {
    RedisRebuildMarker(redis: redis, built: built, building: "building:")
  }

  static func ratingsMarker(_ redis: RedisClient) -> RedisRebuildMarker {
    RedisRebuildMarker(redis: redis, built: "built-ratings", building: "building-ratings:")
  }

  static func shop(_ id: Identifier) -> String { "\(shopPrefix)\(id)" }

  static func card(_ id: some StringProtocol) -> String { "\(cardPrefix)\(id)" }

  static func list(district: District?, category: Contracts.Category?, sort: ListSort) -> String {
    "\(listPrefix)\(district?.rawValue ?? "all"):\(category?.rawValue ?? "all"):\(sort.rawValue)"
  }

  static func search(_ district: District) -> String { "\(searchPrefix)\(district.rawValue)" }
}
