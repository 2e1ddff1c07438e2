import Contracts

/// A shop found by a search. Hits sort as results do: open shops first, and the newest first among equals.
struct SearchHit: Hashable, Sendable {
  let isOpen: Bool
  let shop: Identifier

  init(isOpen: Bool, shop: Identifier) {
    self.isOpen = isOpen
    self.shop = shop
  }

  /// Parses ``text``, which is also the suffix of a member of the search index.
  init?(text: String) {
    guard let state = text.utf8.first, state == UInt8(ascii: "0") || state == UInt8(ascii: "1"),
      let shop = Identifier(String(text.dropFirst()))
    else { return nil }
    self.init(isOpen: state == UInt8(ascii: "0"), shop: shop)
  }

  var text: String { "\(isOpen ? 0 : 1)\(shop)" }
}

extension SearchHit: Comparable {
  static func < (left: SearchHit, right: SearchHit) -> Bool {
    left.isOpen == right.isOpen ? left.shop > right.shop : left.isOpen
  }
}
