/// Decodes the members of an object, by name.
struct JSONKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let members: [JSONMember]
  let codingPath: [any CodingKey]
  let usage: JSONMemberUsage
  /// The object's index in `usage`.
  let object: Int

  var allKeys: [Key] {
    // A type that enumerates the keys, such as a dictionary, decodes all members.
    for index in members.indices { usage.markUsed(index, in: object) }
    return members.compactMap { Key(stringValue: $0.name) }
  }

  func contains(_ key: Key) -> Bool { find(key) != nil }

  func decodeNil(forKey key: Key) throws -> Bool { try value(key) == .null }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try decoder(key).decode(type)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
    try decoder(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    JSONValueDecoder(.object(members), at: codingPath, usage: usage)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

  private func find(_ key: Key) -> JSONValue? {
    guard let index = members.firstIndex(where: { $0.name == key.stringValue }) else { return nil }
    usage.markUsed(index, in: object)
    return members[index].value
  }

  private func value(_ key: Key) throws -> JSONValue {
    guard let value = find(key) else {
      throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "is missing"))
    }
    return value
  }

  private func decoder(_ key: Key) throws -> JSONValueDecoder {
    JSONValueDecoder(try value(key), at: codingPath + [key], usage: usage)
  }
}

/// Decodes the values of an array, in order.
struct JSONUnkeyedContainer: UnkeyedDecodingContainer {
  let values: [JSONValue]
  let codingPath: [any CodingKey]
  let usage: JSONMemberUsage
  private(set) var currentIndex = 0

  init(values: [JSONValue], codingPath: [any CodingKey], usage: JSONMemberUsage) {
    self.values = values
    self.codingPath = codingPath
    self.usage = usage
  }

  var count: Int? { values.count }
  var isAtEnd: Bool { currentIndex >= values.count }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, values[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let value = try decoder().decode(type)
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    defer { currentIndex += 1 }
    return try decoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    defer { currentIndex += 1 }
    return try decoder().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder {
    defer { currentIndex += 1 }
    return try decoder()
  }

  private func decoder() throws -> JSONValueDecoder {
    let path = codingPath + [JSONIndex(currentIndex)]
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(Any.self, .init(codingPath: path, debugDescription: "is missing"))
    }
    return JSONValueDecoder(values[currentIndex], at: path, usage: usage)
  }
}

/// An array index as a coding key.
struct JSONIndex: CodingKey {
  let index: Int

  init(_ index: Int) { self.index = index }
  init?(intValue: Int) { self.init(intValue) }
  init?(stringValue: String) { nil }

  var intValue: Int? { index }
  var stringValue: String { String(index) }
}
