/// A strict JSON parser (RFC 8259): UTF-8 only, no duplicate names, no text after the document, at most ``maximumDepth`` levels.
public struct JSONParser: ~Copyable {
  static let maximumDepth = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// Parses a whole document.
  public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    parser.skipWhitespace()
    guard parser.position < bytes.count else { throw parser.error("the document is empty") }
    let value = try parser.value(depth: 0)
    parser.skipWhitespace()
    guard parser.position == bytes.count else { throw parser.error("unexpected text after the document") }
    return value
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ reason: String, at offset: Int? = nil) -> JSONSyntaxError {
    let offset = min(offset ?? position, bytes.count)
    var line = 1
    var start = 0
    for index in 0..<offset where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      start = index + 1
    }
    return JSONSyntaxError(reason: reason, offset: offset, line: line, column: offset - start + 1)
  }

  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw error("more than \(Self.maximumDepth) levels of nesting") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"): return .number(try number())
    case let digit? where Self.isDigit(digit): return .number(try number())
    case nil: throw error("the document ends where a value should be")
    default: throw error("expected a value")
    }
  }

  private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
    let start = position
    for index in 0..<text.utf8CodeUnitCount {
      guard next == text.utf8Start[index] else { throw error("expected \(text)", at: start) }
      position += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    position += 1
    var members: [JSONMember] = []
    var names: Set<String> = []
    skipWhitespace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      let start = position
      guard next == UInt8(ascii: "\"") else { throw error("expected a member name in quotes") }
      let name = try string()
      // Few names are compared, many are hashed, so that a large object takes linear time.
      let isDuplicate = members.count < 16 ? members.contains { $0.name == name } : names.contains(name)
      if isDuplicate { throw error("the member \"\(name.prefix(64))\" occurs twice", at: start) }
      skipWhitespace()
      guard next == UInt8(ascii: ":") else { throw error("expected \":\"") }
      position += 1
      skipWhitespace()
      members.append(JSONMember(name: name, value: try value(depth: depth + 1)))
      if members.count == 16 { names = Set(members.map(\.name)) } else if members.count > 16 { names.insert(name) }
      if try isLast(closing: "}") { return .object(members) }
    }
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    position += 1
    var values: [JSONValue] = []
    skipWhitespace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .array(values)
    }
    while true {
      values.append(try value(depth: depth + 1))
      if try isLast(closing: "]") { return .array(values) }
    }
  }

  private mutating func isLast(closing bracket: Unicode.Scalar) throws(JSONSyntaxError) -> Bool {
    skipWhitespace()
    switch next {
    case UInt8(ascii: ","):
      position += 1
      skipWhitespace()
      return false
    case UInt8(ascii: bracket):
      position += 1
      return true
    default:
      throw error("expected \",\" or \"\(bracket)\"")
    }
  }

  private mutating func number() throws(JSONSyntaxError) -> String {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if let digit = next, Self.isDigit(digit) { throw error("a number can't begin with 0", at: start) }
    if next == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func digits() throws(JSONSyntaxError) {
    guard let first = next, Self.isDigit(first) else { throw error("expected a digit") }
    while let digit = next, Self.isDigit(digit) { position += 1 }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    let start = position
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        let text = try text(of: bytes[start..<position], at: start)
        position += 1
        return text
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw error("a control character in a string must be escaped")
      default: position += 1
      }
    }
    throw error("the document ends inside a string")
  }

  private func text(of part: some Collection<UInt8>, at start: Int) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: part, as: UTF8.self) else { throw error("a string is not valid UTF-8", at: start) }
    return text
  }

  private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
    var text = Array(bytes[start..<position])
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try self.text(of: text, at: start)
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &text)
      case 0..<0x20: throw error("a control character in a string must be escaped")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw error("the document ends inside a string")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
    let start = position - 1
    let escaped = next
    position += 1
    switch escaped {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escaped ?? 0)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text += String(try scalar(from: start)).utf8
    default: throw error("unknown escape", at: start)
    }
  }

  /// `\uXXXX`, or a surrogate pair of two of them; a lone surrogate is an error.
  private mutating func scalar(from start: Int) throws(JSONSyntaxError) -> Character {
    let first = try codeUnit(from: start)
    if let scalar = Unicode.Scalar(first) { return Character(scalar) }
    guard (0xd800..<0xdc00).contains(first), next == UInt8(ascii: "\\") else { throw error("a lone surrogate", at: start) }
    position += 1
    guard next == UInt8(ascii: "u") else { throw error("a lone surrogate", at: start) }
    position += 1
    let second = try codeUnit(from: start)
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00))
    else { throw error("a lone surrogate", at: start) }
    return Character(scalar)
  }

  private mutating func codeUnit(from start: Int) throws(JSONSyntaxError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw error("expected four hexadecimal digits", at: start)
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}
