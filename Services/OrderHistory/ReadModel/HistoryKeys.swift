import Contracts
import NIOCore
import Projections
import Redis

/// The keys of the read model in the `cache` Redis.
///
/// | key | type | content |
/// |---|---|---|
/// | `history:o:<order>` | hash | `o`, `p`, `d`: the order, its payment, its delivery, see ``CompactRecord`` |
/// | `history:v:<part>:<xxxx>` | hash | version by id, of the orders, payments or deliveries whose ids end in these four digits |
/// | `history:c:<customer>`, `history:s:<shop>` | zset, all scores 0 | each order twice: under its status, and under 0 for all |
/// | `history:building:<part>:<builder>` | string | exists during a build; then renamed, unless Redis lost its data meanwhile |
/// | `history:built:<part>` | string | exists once this part was built in full |
///
/// Members of lists are a byte for the status (1–9, or 0), six bytes for the placement time in milliseconds, and sixteen for the
/// order's id, so that a page is a lexicographical range. Customers and shops appear in the keys as sixteen bytes, as do ids in
/// the version hashes.
///
/// All hashes are small enough for Redis's listpack encoding, provided that `hash-max-listpack-value` admits the documents.
enum HistoryKeys {
  /// The prefix of the keys that tracking subscribes to.
  static let orderPrefix = "history:o:"
  static let customerPrefix = "history:c:"
  static let shopPrefix = "history:s:"

  static func order(_ id: Identifier) -> String { "\(orderPrefix)\(id)" }

  /// Parses a key made by ``order(_:)``.
  static func order(ofKey key: String) -> Identifier? {
    key.hasPrefix(orderPrefix) ? Identifier(key.dropFirst(orderPrefix.count)) : nil
  }

  /// The name of a part in keys and fields.
  static func name(_ part: HistoryPart) -> String {
    switch part {
    case .order: "o"
    case .payment: "p"
    case .delivery: "d"
    }
  }

  static func versions(_ part: HistoryPart, _ id: Identifier) -> String {
    "history:v:\(name(part)):\(id.description.suffix(4))"
  }

  static func marker(_ part: HistoryPart, _ redis: RedisClient) -> RedisRebuildMarker {
    RedisRebuildMarker(redis: redis, built: built(part), building: "history:building:\(part):")
  }

  static func built(_ part: HistoryPart) -> String { "history:built:\(part)" }

  static func list(_ list: OrderList) -> RedisArgument {
    var key = ByteBuffer()
    switch list {
    case .customer(let id):
      key.writeString(customerPrefix)
      key.writeIdentifier(id)
    case .shop(let id):
      key.writeString(shopPrefix)
      key.writeIdentifier(id)
    }
    return .bytes(key)
  }
}
