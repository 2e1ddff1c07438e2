/// A type that can be decoded from the columns of a row.
public protocol PostgresRowDecodable: Sendable {
  /// Reads its columns. Throws ``PostgresError`` (``PostgresError/Code/decoding``).
  init(decoding row: inout PostgresRow) throws
}

/// A type that can be decoded from a column in text format.
public protocol PostgresDecodable: PostgresRowDecodable {
  /// Nil if the text is not of this type. The bytes are valid only during the call.
  init?(postgresText bytes: UnsafeBufferPointer<UInt8>)
}

extension PostgresDecodable {
  public init(decoding row: inout PostgresRow) throws { self = try row.next() }
}

extension String: PostgresDecodable {
  public init?(postgresText bytes: UnsafeBufferPointer<UInt8>) {
    self.init(decoding: bytes, as: UTF8.self)
  }
}

extension Int64: PostgresDecodable {
  public init?(postgresText bytes: UnsafeBufferPointer<UInt8>) {
    let negative = bytes.first == UInt8(ascii: "-")
    let digits = bytes.dropFirst(negative ? 1 : 0)
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for byte in digits {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(byte - UInt8(ascii: "0"))
      // Computed as a negative number, because Int64.min has no positive counterpart.
      let (difference, overflow2) = product.subtractingReportingOverflow(digit)
      if overflow || overflow2 { return nil }
      value = difference
    }
    if negative {
      self = value
    } else {
      guard value != .min else { return nil }
      self = -value
    }
  }
}

extension Int: PostgresDecodable {
  public init?(postgresText bytes: UnsafeBufferPointer<UInt8>) {
    guard let value = Int64(postgresText: bytes) else { return nil }
    self.init(exactly: value)
  }
}

extension Bool: PostgresDecodable {
  public init?(postgresText bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count == 1 else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "t"): self = true
    case UInt8(ascii: "f"): self = false
    default: return nil
    }
  }
}

extension Double: PostgresDecodable {
  public init?(postgresText bytes: UnsafeBufferPointer<UInt8>) {
    self.init(String(decoding: bytes, as: UTF8.self))
  }
}

/// An element type of an array column; `UInt8` decodes the raw bytes of any column.
public protocol PostgresArrayElement: Sendable {
  static func array(postgresText bytes: UnsafeBufferPointer<UInt8>) -> [Self]?
}

extension Array: PostgresRowDecodable, PostgresDecodable where Element: PostgresArrayElement {
  public init?(postgresText bytes: UnsafeBufferPointer<UInt8>) {
    guard let elements = Element.array(postgresText: bytes) else { return nil }
    self = elements
  }
}

extension UInt8: PostgresArrayElement {
  public static func array(postgresText bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? { [UInt8](bytes) }
}

extension Int64: PostgresArrayElement {
  public static func array(postgresText bytes: UnsafeBufferPointer<UInt8>) -> [Int64]? {
    parseArrayLiteral(bytes) { element, quoted in quoted ? nil : element.withUnsafeBufferPointer { Int64(postgresText: $0) } }
  }
}

extension String: PostgresArrayElement {
  public static func array(postgresText bytes: UnsafeBufferPointer<UInt8>) -> [String]? {
    parseArrayLiteral(bytes) { element, quoted in
      let text = String(decoding: element, as: UTF8.self)
      return !quoted && text == "NULL" ? nil : text
    }
  }
}

/// Parses a one-dimensional array literal (manual, 8.15.6); nil if it is malformed or an element is rejected.
private func parseArrayLiteral<Element>(
  _ bytes: UnsafeBufferPointer<UInt8>, _ element: (_ text: [UInt8], _ quoted: Bool) -> Element?
) -> [Element]? {
  guard bytes.count >= 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
  var elements: [Element] = []
  var text: [UInt8] = []
  var index = 1
  let end = bytes.count - 1
  while index < end {
    text.removeAll(keepingCapacity: true)
    let quoted = bytes[index] == UInt8(ascii: "\"")
    if quoted {
      index += 1
      while index < end, bytes[index] != UInt8(ascii: "\"") {
        if bytes[index] == UInt8(ascii: "\\") { index += 1 }
        text.append(bytes[index])
        index += 1
      }
      guard index < end else { return nil }
      index += 1
    } else {
      while index < end, bytes[index] != UInt8(ascii: ",") {
        if bytes[index] == UInt8(ascii: "{") { return nil }
        text.append(bytes[index])
        index += 1
      }
    }
    guard let value = element(text, quoted) else { return nil }
    elements.append(value)
    if index < end {
      guard bytes[index] == UInt8(ascii: ","), index + 1 < end else { return nil }
      index += 1
    }
  }
  return elements
}
