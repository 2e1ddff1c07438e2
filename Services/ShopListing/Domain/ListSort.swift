import Contracts

/// The sort orders of lists. In each of them, shops that aren't open come after those that are.
enum ListSort: String, CaseIterable, Sendable {
  case newest, rating, reviews, fee
}

/// A shop's position in a list, as text whose byte order is the order of the list.
///
/// `0` for an open shop or `1`, the sort key with the best first, `:`, and the shop's id, which makes positions unique.
struct ListPosition: Hashable, Sendable {
  let text: String

  init(isOpen: Bool, key: String, shop: Identifier) {
    text = "\(isOpen ? 0 : 1)\(key):\(shop)"
  }

  /// Parses the position in a cursor; `nil` unless it is well-formed for this sort order.
  init?(text: String, sort: ListSort) {
    let bytes = Array(text.utf8)
    let digits = 1 + SortKey.length(of: sort)
    guard bytes.count == digits + 37, bytes[0] == UInt8(ascii: "0") || bytes[0] == UInt8(ascii: "1"),
      bytes[1..<digits].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      bytes[digits] == UInt8(ascii: ":"),
      let shop = Identifier(String(decoding: bytes[(digits + 1)...], as: UTF8.self)),
      text.hasSuffix(shop.description)
    else { return nil }
    self.text = text
  }
}

/// Sort keys: decimal digits of a fixed length for each sort order, the best first in byte order.
enum SortKey {
  static func length(of sort: ListSort) -> Int {
    switch sort {
    case .newest: 15
    case .rating: 14
    case .reviews: 10
    case .fee: 12
    }
  }

  /// The most recently created shop first.
  static func newest(_ createdAt: Timestamp) -> String {
    descending(createdAt.milliseconds, length: length(of: .newest))
  }

  /// The lowest delivery fee first.
  static func fee(_ fee: Money) -> String {
    ascending(fee.amount, length: length(of: .fee))
  }

  /// The highest average first, in thousandths of a star; among equals the one with more reviews.
  static func rating(_ rating: Rating) -> String {
    descending(Int64((rating.average * 1000).rounded()), length: 4) + reviews(rating)
  }

  /// The most reviews first.
  static func reviews(_ rating: Rating) -> String {
    descending(Int64(rating.count), length: length(of: .reviews))
  }

  private static func ascending(_ value: Int64, length: Int) -> String {
    let digits = String(min(max(value, 0), limit(length)))
    return String(repeating: "0", count: length - digits.utf8.count) + digits
  }

  private static func descending(_ value: Int64, length: Int) -> String {
    let limit = limit(length)
    return ascending(limit - min(max(value, 0), limit), length: length)
  }

  private static func limit(_ length: Int) -> Int64 {
    (0..<length).reduce(1) { power, _ in power * 10 } - 1
  }
}
