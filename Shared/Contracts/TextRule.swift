/// The rule for a text that people write, such as a name.
public struct TextRule: Sendable {
  /// In Unicode scalars, as PostgreSQL's `char_length` counts them. A text that may not be empty may not be blank either.
  public let length: ClosedRange<Int>
  private let allowsLineFeeds: Bool

  public init(_ length: ClosedRange<Int>, allowsLineFeeds: Bool = false) {
    self.length = length
    self.allowsLineFeeds = allowsLineFeeds
  }

  /// The rule that `text` breaks, if any.
  public func error(in text: String, at pointer: String) -> FieldError? {
    let scalars = text.unicodeScalars
    if !length.contains(scalars.count) {
      return FieldError(pointer: pointer, detail: "must have \(length.lowerBound) to \(length.upperBound) characters")
    }
    if scalars.contains(where: isForbidden) {
      return FieldError(
        pointer: pointer, detail: "must not contain control characters\(allowsLineFeeds ? " except line feeds" : "")")
    }
    if length.lowerBound > 0, scalars.allSatisfy(\.properties.isWhitespace) {
      return FieldError(pointer: pointer, detail: "must not be blank")
    }
    return nil
  }

  private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control && !(allowsLineFeeds && scalar == "\n")
  }
}
