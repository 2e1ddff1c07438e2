extension Unicode.Scalar {
  /// How many columns a terminal gives it: two for Hangul and other East Asian letters (Unicode Standard Annex 11, simplified).
  fileprivate var columns: Int {
    switch value {
    case 0x300..<0x370: 0
    case 0x1100..<0x1160, 0x2e80..<0xa4d0, 0xac00..<0xd7a4, 0xf900..<0xfb00, 0xff00..<0xff61: 2
    default: 1
    }
  }
}

extension String {
  /// How many columns of a terminal it takes.
  var columns: Int {
    unicodeScalars.reduce(0) { $0 + $1.columns }
  }

  /// Followed by blanks up to `width` columns.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - columns))
  }

  /// Behind blanks, so that it ends at column `width`.
  func leading(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - columns)) + self
  }

  /// Exactly `width` columns and a blank: cut with `…` or filled up.
  func fitted(to width: Int) -> String {
    cut(to: width).padded(to: width + 1)
  }

  /// At most `width` columns, with `…` at the end if that isn't all.
  func cut(to width: Int) -> String {
    guard columns > width else { return self }
    var text = ""
    for character in self {
      guard text.columns + String(character).columns < width else { break }
      text.append(character)
    }
    return text + "…"
  }
}
