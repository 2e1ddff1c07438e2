import Contracts

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
