/// Where the next page of a list begins: a few fields that only the server reads, as base64url text.
///
/// Fields may hold anything but U+001F. A cursor is no secret and grants nothing.
public struct Cursor: Hashable, Sendable {
  public let fields: [String]

  public init(_ fields: String...) {
    self.fields = fields
  }

  public init(fields: [String]) {
    self.fields = fields
  }

  /// What goes out as `nextCursor`.
  public var text: String {
    Base64URL.encode(Array((Self.version + fields.joined(separator: Self.separator)).utf8))
  }

  /// Opens a cursor that came back.
  /// - Parameter count: how many fields the list puts into its cursors.
  /// - Throws: 400 `bad_cursor`.
  public init(_ text: String, fields count: Int) throws(Problem) {
    guard let bytes = Base64URL.decode(text), let inner = String(validating: bytes, as: UTF8.self),
      inner.hasPrefix(Self.version), !bytes.contains(0)
    else { throw .badCursor }
    fields = inner.dropFirst(Self.version.count)
      .split(separator: Self.separator, omittingEmptySubsequences: false).map(String.init)
    guard fields.count == count else { throw .badCursor }
  }

  private static let separator = "\u{1f}"
  /// Changes with the form, so that cursors from before a deployment are refused and not misread.
  private static let version = "1"
}

/// Base64 with the URL-safe alphabet, without padding (RFC 4648, section 5).
enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let values: [UInt8?] = {
    var values = [UInt8?](repeating: nil, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()

  static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> count & 0x3f)])
      }
    }
    if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 0x3f)]) }
    return String(decoding: text, as: UTF8.self)
  }

  static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in text.utf8 {
      guard let value = values[Int(character)] else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    // One text for one value: a rest that could hold a whole character, or bits that are not zero, is not ours.
    guard count < 6, bits & (1 << count - 1) == 0 else { return nil }
    return bytes
  }
}
