/// A request target in origin form (RFC 9112, section 3.2.1) that all parsers interpret alike.
///
/// Targets that services and caches might interpret differently are rejected, not normalized: empty segments, `.` and `..`,
/// encoded slashes, dots, backslashes and control characters, invalid percent-encoding, and bytes that a URI must not contain
/// (RFC 3986).
struct RequestTarget: Hashable, Sendable {
  /// As received.
  let raw: String
  /// The decoded segments of the path.
  let segments: [String]
  /// The decoded names of the query parameters.
  let parameters: Set<String>
  private let pathLength: Int

  init?(_ raw: some StringProtocol) {
    let raw = String(raw)
    let bytes = Array(raw.utf8)
    guard bytes.first == UInt8(ascii: "/"), bytes.allSatisfy(Self.isAllowed) else { return nil }
    let path = bytes.prefix { $0 != UInt8(ascii: "?") }
    var segments: [String] = []
    if path.count > 1 {
      for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
        guard let decoded = Self.decode(segment, allowsDots: false), !decoded.isEmpty, Self.isUnambiguous(decoded) else {
          return nil
        }
        segments.append(String(decoding: decoded, as: UTF8.self))
      }
    }
    let query = bytes.dropFirst(path.count + 1)
    var parameters: Set<String> = []
    for pair in query.split(separator: UInt8(ascii: "&")) {
      guard let name = Self.decode(pair.prefix { $0 != UInt8(ascii: "=") }), Self.decode(pair) != nil else { return nil }
      parameters.insert(String(decoding: name, as: UTF8.self))
    }
    self.raw = raw
    self.segments = segments
    self.parameters = parameters
    pathLength = path.count
  }

  /// The target without the service's prefix: `/orders?limit=2` for `/order/orders?limit=2`; `nil` if the prefix is
  /// percent-encoded or nothing follows it.
  func dropping(prefix: String) -> String? {
    let start = "/\(prefix)/"
    guard raw.hasPrefix(start), pathLength > start.utf8.count else { return nil }
    return String(raw.dropFirst(start.count - 1))
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"),
      UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "#"):
      false
    default: (0x21...0x7e).contains(byte)
    }
  }

  /// Whether a decoded segment is unambiguous: UTF-8 without separators, control characters, `%` or dots only.
  private static func isUnambiguous(_ segment: [UInt8]) -> Bool {
    guard !segment.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) else {
      return false
    }
    guard !segment.allSatisfy({ $0 == UInt8(ascii: ".") }), !segment.contains(UInt8(ascii: "%")) else { return false }
    return String(validating: segment, as: UTF8.self) != nil
  }

  /// Percent-decodes; `nil` for a `%` that two hexadecimal digits don't follow, for NUL, and for an encoded dot unless
  /// `allowsDots`.
  private static func decode(_ text: ArraySlice<UInt8>, allowsDots: Bool = true) -> [UInt8]? {
    guard text.contains(UInt8(ascii: "%")) else { return Array(text) }
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
      let decoded = high << 4 | low
      guard decoded != 0, allowsDots || decoded != UInt8(ascii: ".") else { return nil }
      bytes.append(decoded)
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}
