/// A value in a request that breaks a rule.
public struct FieldError: Hashable, Sendable {
  /// A JSON pointer (RFC 6901) into the body, such as `/menu/0/price`; the empty pointer is the body itself.
  public var pointer: String
  /// Why it is invalid, for people: `must have 1 to 100 characters`.
  public var detail: String

  public init(pointer: String, detail: String) {
    self.pointer = pointer
    self.detail = detail
  }

  /// Nil if `value` lies in `range`.
  public init?<Value: Comparable>(_ value: Value, outside range: ClosedRange<Value>, at pointer: String) {
    if range.contains(value) { return nil }
    self.init(pointer: pointer, detail: "must lie between \(range.lowerBound) and \(range.upperBound)")
  }
}
