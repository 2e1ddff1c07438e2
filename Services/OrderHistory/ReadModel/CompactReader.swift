import Contracts
import NIOCore

/// A stored record that can't be decoded.
struct CorruptRecord: Error {}

/// Decodes the compact encoding; reads values in the order in which they were written.
struct CompactReader {
  private var bytes: ByteBuffer

  init(_ bytes: ByteBuffer) {
    self.bytes = bytes
  }

  mutating func byte() throws(CorruptRecord) -> UInt8 {
    try unwrap(bytes.readInteger())
  }

  mutating func unsigned() throws(CorruptRecord) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      let part = try byte()
      number |= UInt64(part & 0x7f) << shift
      if part & 0x80 == 0 { return number }
    }
    throw CorruptRecord()
  }

  mutating func signed() throws(CorruptRecord) -> Int64 {
    let number = try unsigned()
    return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  mutating func identifier() throws(CorruptRecord) -> Identifier {
    try unwrap(bytes.readIdentifier())
  }

  mutating func text() throws(CorruptRecord) -> String {
    try text(length: try unsigned())
  }

  mutating func optionalText() throws(CorruptRecord) -> String? {
    let length = try unsigned()
    return length == 0 ? nil : try text(length: length - 1)
  }

  mutating func money() throws(CorruptRecord) -> Money {
    Money(amount: try signed())
  }

  mutating func address() throws(CorruptRecord) -> Address {
    let text = try text()
    let (latitude, longitude) = try unwrap(bytes.readMultipleIntegers(as: (UInt64, UInt64).self))
    return Address(
      address: text, location: Location(latitude: Double(bitPattern: latitude), longitude: Double(bitPattern: longitude)))
  }

  mutating func choice<Choice: CaseIterable & Equatable>(_ type: Choice.Type) throws(CorruptRecord) -> Choice {
    try unwrap(Choice(code: try byte()))
  }

  mutating func time(since start: Timestamp) throws(CorruptRecord) -> Timestamp {
    Timestamp(milliseconds: start.milliseconds &+ (try signed()))
  }

  /// A time of six bytes.
  mutating func moment() throws(CorruptRecord) -> Timestamp {
    let (high, low) = try unwrap(bytes.readMultipleIntegers(as: (UInt16, UInt32).self))
    return Timestamp(milliseconds: Int64(high) << 32 | Int64(low))
  }

  mutating func timeline<Status: CaseIterable>(since start: Timestamp) throws(CorruptRecord) -> [StatusChange<Status>] {
    try list { (reader) throws(CorruptRecord) in
      StatusChange(version: try reader.signed(), status: try reader.choice(Status.self), at: try reader.time(since: start))
    }
  }

  mutating func list<Element>(
    _ element: (inout CompactReader) throws(CorruptRecord) -> Element
  ) throws(CorruptRecord) -> [Element] {
    var elements: [Element] = []
    for _ in 0..<(try unsigned()) { elements.append(try element(&self)) }
    return elements
  }

  private mutating func text(length: UInt64) throws(CorruptRecord) -> String {
    guard length <= UInt64(bytes.readableBytes) else { throw CorruptRecord() }
    return try unwrap(bytes.readString(length: Int(length)))
  }

  private func unwrap<Value>(_ value: Value?) throws(CorruptRecord) -> Value {
    guard let value else { throw CorruptRecord() }
    return value
  }
}
