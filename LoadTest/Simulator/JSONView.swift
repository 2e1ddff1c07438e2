/// A JSON value that is read without decoding the document: a member is found by scanning over those before it.
///
/// The text must be valid JSON; members of anything else are `nil`. Values are slices, not copies.
struct JSONView: Sendable {
  private let bytes: ArraySlice<UInt8>

  init(_ bytes: some Sequence<UInt8>) {
    self.init(slice: Array(bytes)[...])
  }

  private init(slice: ArraySlice<UInt8>) {
    bytes = slice.drop { Self.isSpace($0) }
  }

  /// A member of an object.
  subscript(name: String) -> JSONView? {
    guard bytes.first == UInt8(ascii: "{") else { return nil }
    var rest = bytes.dropFirst()
    while let start = Self.token(&rest), bytes[start] == UInt8(ascii: "\"") {
      guard let key = Self.string(at: start, in: bytes) else { return nil }
      rest = bytes[(key.endIndex + 1)...]
      guard let colon = Self.token(&rest), bytes[colon] == UInt8(ascii: ":") else { return nil }
      rest = bytes[(colon + 1)...]
      guard let first = Self.token(&rest) else { return nil }
      if key.elementsEqual(name.utf8) { return JSONView(slice: bytes[first...]) }
      guard let end = Self.end(ofValueAt: first, in: bytes) else { return nil }
      rest = bytes[end...]
      guard let comma = Self.token(&rest), bytes[comma] == UInt8(ascii: ",") else { return nil }
      rest = bytes[(comma + 1)...]
    }
    return nil
  }

  /// The elements of an array; empty for any other value.
  var elements: [JSONView] {
    guard bytes.first == UInt8(ascii: "[") else { return [] }
    var elements: [JSONView] = []
    var rest = bytes.dropFirst()
    while let start = Self.token(&rest), bytes[start] != UInt8(ascii: "]") {
      guard let end = Self.end(ofValueAt: start, in: bytes) else { return elements }
      elements.append(JSONView(slice: bytes[start..<end]))
      rest = bytes[end...]
      guard let comma = Self.token(&rest), bytes[comma] == UInt8(ascii: ",") else { return elements }
      rest = bytes[(comma + 1)...]
    }
    return elements
  }

  /// A string with its escape sequences unprocessed: enough for identifiers, statuses and times.
  var string: String? {
    Self.string(at: bytes.startIndex, in: bytes).map { String(decoding: $0, as: UTF8.self) }
  }

  var integer: Int64? {
    let digits = bytes.prefix { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return Int64(String(decoding: digits, as: UTF8.self))
  }

  var double: Double? {
    let digits = bytes.prefix { "+-.0123456789eE".utf8.contains($0) }
    return Double(String(decoding: digits, as: UTF8.self))
  }

  /// The bytes between the quotation marks.
  private static func string(at start: Int, in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard start < bytes.endIndex, bytes[start] == UInt8(ascii: "\"") else { return nil }
    var index = start + 1
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "\""): return bytes[(start + 1)..<index]
      case UInt8(ascii: "\\"): index += 2
      default: index += 1
      }
    }
    return nil
  }

  /// The index after a value.
  private static func end(ofValueAt start: Int, in bytes: ArraySlice<UInt8>) -> Int? {
    var depth = 0
    var index = start
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        guard let text = string(at: index, in: bytes) else { return nil }
        index = text.endIndex
        if depth == 0 { return index + 1 }
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        // The end of the object or array that encloses a number or literal.
        if depth == 0 { return index }
        depth -= 1
        if depth == 0 { return index + 1 }
      case UInt8(ascii: ","):
        if depth == 0 { return index }
      default: break
      }
      index += 1
    }
    return depth == 0 ? index : nil
  }

  private static func token(_ rest: inout ArraySlice<UInt8>) -> Int? {
    rest = rest.drop { isSpace($0) }
    return rest.isEmpty ? nil : rest.startIndex
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
  }
}

extension String {
  /// This text as a JSON string with its quotation marks.
  var quoted: String {
    var json = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\u{0}"..."\u{1f}":
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}
