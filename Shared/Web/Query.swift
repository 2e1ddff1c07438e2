public import Contracts
public import Hummingbird

/// The query of a request's URL, decoded as `application/x-www-form-urlencoded` (`+` is a space).
///
/// The first value of a name counts. Every error is a 400 that names the parameter.
public struct Query: Sendable {
  private var values: [String: String] = [:]

  /// - Throws: 400 `invalid_query` for percent escapes that are not UTF-8, and for U+0000.
  public init(_ request: Request) throws(Problem) {
    guard let text = request.uri.query else { return }
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decode(parts[0]) else { throw .invalidQuery(String(parts[0]), "is not valid UTF-8") }
      guard let value = Self.decode(parts.count > 1 ? parts[1] : "") else { throw .invalidQuery(name, "is not valid UTF-8") }
      if values[name] == nil { values[name] = value }
    }
  }

  /// The value of a parameter; `nil` when it is missing.
  public subscript(name: String) -> String? { values[name] }

  /// Rejects unknown parameters, so that a misspelt filter isn't ignored.
  /// - Throws: 400 `invalid_query`.
  public func allow(_ names: String...) throws(Problem) {
    for name in values.keys.sorted() where !names.contains(name) {
      throw .invalidQuery(name, "is unknown; known are \(names.joined(separator: ", "))")
    }
  }

  /// `limit`, a number from 1 to `maximum`.
  /// - Throws: 400 `invalid_query`.
  public func limit(default standard: Int = 50, maximum: Int = 500) throws(Problem) -> Int {
    guard let text = values["limit"] else { return min(standard, maximum) }
    guard let limit = Self.decimal(text), (1...maximum).contains(limit) else {
      throw .invalidQuery("limit", "must be a number from 1 to \(maximum)")
    }
    return limit
  }

  /// `cursor`, parsed; `nil` when there is none.
  /// - Throws: 400 `bad_cursor`.
  public func cursor(fields count: Int) throws(Problem) -> Cursor? {
    guard let text = values["cursor"] else { return nil }
    return try Cursor(text, fields: count)
  }

  /// A comma-separated list of ids, without duplicates, in their order.
  /// - Throws: 400 `invalid_id`, or `invalid_query` for none and for more than `maximum`.
  public func identifiers(_ name: String, maximum: Int) throws(Problem) -> [Identifier]? {
    guard let text = values[name] else { return nil }
    var identifiers: [Identifier] = []
    var known: Set<Identifier> = []
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= maximum else { throw .invalidQuery(name, "may have at most \(maximum) ids") }
    for part in parts {
      guard let identifier = Identifier(part) else { throw .invalidID("an entry of query parameter \(name)") }
      if known.insert(identifier).inserted { identifiers.append(identifier) }
    }
    return identifiers
  }

  /// A value of an enumeration, such as a district.
  /// - Throws: 400 `invalid_query` that lists the allowed values.
  public func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Choice.Type) throws(Problem)
    -> Choice?
  {
    guard let text = values[name] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw .invalidQuery(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// A time in RFC 3339, UTC, with milliseconds.
  /// - Throws: 400 `invalid_query`.
  public func timestamp(_ name: String) throws(Problem) -> Timestamp? {
    guard let text = values[name] else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw .invalidQuery(name, "must be a time such as 2026-01-02T03:04:05.678Z")
    }
    return time
  }

  /// A number within `range`.
  /// - Throws: 400 `invalid_query`.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let text = values[name] else { return nil }
    guard let number = Self.decimal(text), range.contains(number) else {
      throw .invalidQuery(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// `true` or `false`.
  /// - Throws: 400 `invalid_query`.
  public func bool(_ name: String) throws(Problem) -> Bool? {
    guard let text = values[name] else { return nil }
    guard let truth = Bool(text) else { throw .invalidQuery(name, "must be true or false") }
    return truth
  }

  /// `Int(_:)` accepts `+5` too.
  private static func decimal(_ text: String) -> Int? {
    text.hasPrefix("+") ? nil : Int(text)
  }

  /// A form-urlencoded name or value, decoded; `nil` if it is not UTF-8, or contains U+0000.
  public static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal) else { return nil }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    guard !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}

extension Request {
  /// The decoded query.
  /// - Throws: 400 `invalid_query`.
  public func query() throws(Problem) -> Query {
    try Query(self)
  }
}

extension RequestContext {
  /// The id in the path parameter `name`, as in `shops/:id`.
  /// - Throws: 400 `invalid_id`.
  public func identifier(_ name: String = "id") throws(Problem) -> Identifier {
    guard let identifier = parameters.get(name).flatMap({ Identifier($0) }) else { throw .invalidID("\(name) in the path") }
    return identifier
  }
}
