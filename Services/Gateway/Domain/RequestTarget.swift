/// A request target in origin form (RFC 9112, section 3.2.1) about which no two readers can disagree.
///
/// What services and caches might read differently is refused and not repaired: empty segments, `.` and `..`, encoded slashes, dots,
/// backslashes and control characters, `%` that encodes nothing, and bytes that a URI can't have (RFC 3986).
struct RequestTarget: Hashable, Sendable {
  /// As it came.
  let raw: String
  /// The segments of the path, decoded.
  let segments: [String]
  /// The names of the query's parameters, decoded.
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
        guard let decoded = Self.decode(segment, dots: false), !decoded.isEmpty, Self.isPlain(decoded) else { return nil }
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

  /// The target that a service sees behind its own prefix: `/orders?limit=2` of `/order/orders?limit=2`; `nil` when the prefix isn't written
  /// plainly or nothing is behind it.
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

  /// Whether the bytes of a segment are text that means the same to everybody.
  private static func isPlain(_ segment: [UInt8]) -> Bool {
    guard !segment.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) else {
      return false
    }
    guard !segment.allSatisfy({ $0 == UInt8(ascii: ".") }), !segment.contains(UInt8(ascii: "%")) else { return false }
    return String(validating: segment, as: UTF8.self) != nil
  }

  /// Percent-decodes; `nil` for a `%` without two digits behind it, for NUL, and for a dot in code unless `dots` may be.
  private static func decode(_ text: ArraySlice<UInt8>, dots: Bool = true) -> [UInt8]? {
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
      guard decoded != 0, dots || decoded != UInt8(ascii: ".") else { return nil }
      bytes.append(decoded)
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}
