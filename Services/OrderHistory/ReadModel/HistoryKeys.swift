import Projections
import Contracts
import NIOCore
import Redis

/// The keys of the read model in the `cache` Redis.
///
/// | key | type | content |
/// |---|---|---|
/// | `history:o:<order>` | hash | `o`, `p`, `d`: the order, its payment, its delivery, see ``CompactRecord`` |
/// | `history:v:<part>:<xxxx>` | hash | version by id, of the orders, payments, deliveries whose ids end in these four digits |
/// | `history:c:<customer>`, `history:s:<shop>` | zset, all scores 0 | each order twice: below its status, and below 0 for all |
/// | `history:building:<part>:<builder>` | string | there while somebody builds; becomes the next, unless everything was lost |
/// | `history:built:<part>` | string | there since this part was built in full |
///
/// Members of lists are a byte for the status (1–9, or 0), six for the moment of placing in milliseconds, sixteen for the order's id, so
/// that a page is a range by bytes. Customers and shops stand in the keys by their sixteen bytes, and so do ids in the hashes of versions.
///
/// All hashes are small enough for Redis's compact form, if `hash-max-listpack-value` lets the documents in.
enum HistoryKeys {
  /// Of the keys that tracking hears about.
  static let orderPrefix = "history:o:"

  static func order(_ id: Identifier) -> String { "\(orderPrefix)\(id)" }

  /// Reads what ``order(_:)`` wrote.
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

  static func mark(_ part: HistoryPart, _ redis: RedisClient) -> RedisRebuildMarker {
    RedisRebuildMarker(redis: redis, built: built(part), building: "history:building:\(part):")
  }

  static func built(_ part: HistoryPart) -> String { "history:built:\(part)" }

  static func list(_ list: HistoryList) -> RedisArgument {
    var key = ByteBuffer()
    switch list {
    case .customer(let id):
      key.writeString("history:c:")
      key.writeIdentifier(id)
    case .shop(let id):
      key.writeString("history:s:")
      key.writeIdentifier(id)
    }
    return .bytes(key)
  }
}

/// Whose orders are listed.
enum HistoryList: Hashable, Sendable {
  case customer(Identifier)
  case shop(Identifier)
}

extension ByteBuffer {
  /// As sixteen bytes.
  mutating func writeIdentifier(_ id: Identifier) {
    writeMultipleIntegers(id.words.high, id.words.low)
  }

  mutating func readIdentifier() -> Identifier? {
    readMultipleIntegers(as: (UInt64, UInt64).self).map { Identifier(words: (high: $0.0, low: $0.1)) }
  }
}
