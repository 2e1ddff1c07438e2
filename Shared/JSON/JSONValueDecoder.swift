/// Decodes a ``JSONValue``, and records which members were decoded, so that unknown ones can be reported.
struct JSONValueDecoder: Decoder {
  let value: JSONValue
  let codingPath: [any CodingKey]
  let usage: JSONMemberUsage
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ value: JSONValue, at codingPath: [any CodingKey] = [], usage: JSONMemberUsage) {
    self.value = value
    self.codingPath = codingPath
    self.usage = usage
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let members) = value else { throw mismatch([String: Any].self, "an object") }
    let object = usage.register(members, at: codingPath)
    return KeyedDecodingContainer(JSONKeyedContainer(members: members, codingPath: codingPath, usage: usage, object: object))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let values) = value else { throw mismatch([Any].self, "an array") }
    return JSONUnkeyedContainer(values: values, codingPath: codingPath, usage: usage)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  private func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
    .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "must be \(expected), not \(value.kind)"))
  }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { value == .null }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard case .bool(let flag) = value else { throw mismatch(type, "a boolean") }
    return flag
  }

  func decode(_ type: String.Type) throws -> String {
    guard case .string(let text) = value else { throw mismatch(type, "a string") }
    // PostgreSQL's type text can't store U+0000.
    guard !text.utf8.contains(0) else { throw outOfRange("must not contain the character U+0000") }
    return text
  }

  func decode(_ type: Double.Type) throws -> Double {
    guard case .number(let text) = value else { throw mismatch(type, "a number") }
    guard let number = Double(text), number.isFinite else { throw outOfRange("is too large a number") }
    return number
  }

  func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
  func decode(_ type: Int.Type) throws -> Int { try integer() }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
  func decode(_ type: UInt.Type) throws -> UInt { try integer() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    // For a raw value without a case the standard library's message names the Swift type.
    do {
      return try T(from: self)
    } catch DecodingError.dataCorrupted(let context)
      where context.debugDescription.hasPrefix("Cannot initialize") && context.codingPath.count == codingPath.count
    {
      throw outOfRange("is not one of the known values")
    }
  }

  /// JSON has a single number type, so `2.0` and `2e3` are integers too; `2.5` is not.
  private func integer<Number: FixedWidthInteger>() throws -> Number {
    guard case .number(let text) = value else { throw mismatch(Number.self, "an integer") }
    if let number = Number(text) { return number }
    guard let number = Double(text), number.rounded() == number else { throw mismatch(Number.self, "an integer") }
    guard let number = Number(exactly: number), abs(Double(number)) <= 9_007_199_254_740_992 else {
      throw outOfRange("is out of range")
    }
    return number
  }

  private func outOfRange(_ detail: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: detail))
  }
}
