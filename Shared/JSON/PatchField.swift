/// A member of a PATCH body: JSON tells "not there" from `null`, `Optional` doesn't.
public enum PatchField<Value> {
  /// The body doesn't mention it: leave it as it is.
  case absent
  /// The body says `null`: take it away.
  case null
  case value(Value)

  /// The new value, or `nil` when it is absent or `null`.
  public var value: Value? {
    if case .value(let value) = self { value } else { nil }
  }

  /// Whether the body mentions it at all.
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
  /// Synthesized `Decodable` code finds this overload, which makes an absent member `.absent` where the general one would throw.
  public func decode<Value: Decodable>(_ type: PatchField<Value>.Type, forKey key: Key) throws -> PatchField<Value> {
    guard contains(key) else { return .absent }
    return try decodeNil(forKey: key) ? .null : .value(decode(Value.self, forKey: key))
  }
}
