/// A member of a PATCH body. Unlike `Optional` it distinguishes an absent member from `null`.
public enum PatchField<Value> {
  /// The member is absent: the field stays as it is.
  case absent
  /// The member is `null`: the field is removed.
  case null
  case value(Value)

  /// The new value, or `nil` when it is absent or `null`.
  public var value: Value? {
    if case .value(let value) = self { value } else { nil }
  }

  /// Whether the member is present, with a value or `null`.
  public var isPresent: Bool {
    if case .absent = self { false } else { true }
  }
}

extension PatchField: Sendable where Value: Sendable {}
extension PatchField: Equatable where Value: Equatable {}

extension PatchField: Decodable where Value: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self = container.decodeNil() ? .null : .value(try container.decode(Value.self))
  }
}

extension KeyedDecodingContainer {
  /// Decodes an absent member as `.absent`. Synthesized `Decodable` code uses this overload; the generic one would throw.
  public func decode<Value: Decodable>(_ type: PatchField<Value>.Type, forKey key: Key) throws -> PatchField<Value> {
    guard contains(key) else { return .absent }
    return try decodeNil(forKey: key) ? .null : .value(decode(Value.self, forKey: key))
  }
}
