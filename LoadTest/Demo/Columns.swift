extension Unicode.Scalar {
  /// The terminal columns of the character: two for Hangul and other East Asian characters (Unicode Standard Annex 11, simplified).
  fileprivate var columns: Int {
    switch value {
    case 0x300..<0x370: 0
    case 0x1100..<0x1160, 0x2e80..<0xa4d0, 0xac00..<0xd7a4, 0xf900..<0xfb00, 0xff00..<0xff61: 2
    default: 1
    }
  }
}

extension String {
  /// The width in terminal columns.
  var columns: Int {
    unicodeScalars.reduce(0) { $0 + $1.columns }
  }

  /// Left-aligned in `width` columns.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - columns))
  }

  /// Right-aligned in `width` columns.
  func leading(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - columns)) + self
  }

  /// Exactly `width` columns and a space: truncated with `…` or padded.
  func fitted(to width: Int) -> String {
    cut(to: width).padded(to: width + 1)
  }

  /// At most `width` columns, truncated with `…`.
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
