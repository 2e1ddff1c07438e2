import Contracts

/// The position of the next page of a list: a few fields, opaque to clients, as base64url text.
///
/// Fields may contain anything but U+001F. A cursor is not secret and grants nothing.
public struct Cursor: Hashable, Sendable {
  public let fields: [String]

  public init(_ fields: String...) {
    self.fields = fields
  }

  public init(fields: [String]) {
    self.fields = fields
  }

  /// The value of `nextCursor`.
  public var text: String {
    Base64URL.encode(Array((Self.version + fields.joined(separator: Self.separator)).utf8))
  }

  /// Parses a client's cursor.
  /// - Parameter count: how many fields the list's cursors have.
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
  /// Changes with the format, so that cursors from before a deployment are rejected and not misread.
  private static let version = "1"
}
