import Contracts
import NIOCore

/// The compact form of what documents are made of: numbers in as many bytes as they need, texts and lists behind their length, ids as
/// sixteen bytes, statuses as one.
///
/// What can be missing is one more than it is, or 0.
extension ByteBuffer {
  /// Seven bits in each byte, the least significant first; all but the last have the eighth bit set.
  mutating func writeCompact(_ number: UInt64) {
    var rest = number
    while rest > 0x7f {
      writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    writeInteger(UInt8(rest))
  }

  /// The sign goes to the lowest bit, so that small numbers below zero are short too.
  mutating func writeCompact(_ number: Int64) {
    writeCompact(UInt64(bitPattern: number << 1 ^ number >> 63))
  }

  mutating func writeCompact(_ text: String) {
    writeCompact(UInt64(text.utf8.count))
    writeString(text)
  }

  mutating func writeCompact(_ text: String?) {
    writeCompact(text.map { UInt64($0.utf8.count) + 1 } ?? 0)
    writeString(text ?? "")
  }

  mutating func writeCompact(_ money: Money) {
    writeCompact(money.amount)
  }

  mutating func writeCompact(_ address: Address) {
    writeCompact(address.address)
    writeMultipleIntegers(address.location.latitude.bitPattern, address.location.longitude.bitPattern)
  }

  /// From 1, so that 0 is free.
  mutating func writeCompact<Choice: CaseIterable & Equatable>(_ choice: Choice) {
    writeInteger(choice.code)
  }

  mutating func writeCompact(_ time: Timestamp, since start: Timestamp) {
    writeCompact(time.milliseconds(since: start))
  }

  mutating func writeCompact<Status: CaseIterable>(_ timeline: [StatusChange<Status>], since start: Timestamp) {
    writeCompact(UInt64(timeline.count))
    for change in timeline {
      writeCompact(change.version)
      writeCompact(change.status)
      writeCompact(change.at, since: start)
    }
  }
}

extension CaseIterable where Self: Equatable {
  /// Its number among all, from 1.
  var code: UInt8 { UInt8(Self.allCases.enumerated().first { $0.element == self }.map { $0.offset + 1 } ?? 0) }

  init?(code: UInt8) {
    guard let value = Self.allCases.enumerated().first(where: { $0.offset + 1 == Int(code) })?.element else { return nil }
    self = value
  }
}

/// Bytes that are not what was written: the read model is damaged.
struct CorruptRecord: Error {}

/// Reads what the writers above wrote, in the same order.
struct CompactReader {
  private var bytes: ByteBuffer

  init(_ bytes: ByteBuffer) {
    self.bytes = bytes
  }

  mutating func byte() throws(CorruptRecord) -> UInt8 {
    try known(bytes.readInteger())
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
    try known(bytes.readIdentifier())
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
    let (latitude, longitude) = try known(bytes.readMultipleIntegers(as: (UInt64, UInt64).self))
    return Address(
      address: text, location: Location(latitude: Double(bitPattern: latitude), longitude: Double(bitPattern: longitude)))
  }

  mutating func choice<Choice: CaseIterable & Equatable>(_ type: Choice.Type) throws(CorruptRecord) -> Choice {
    try known(Choice(code: try byte()))
  }

  mutating func time(since start: Timestamp) throws(CorruptRecord) -> Timestamp {
    Timestamp(milliseconds: start.milliseconds &+ (try signed()))
  }

  /// A moment in six bytes.
  mutating func moment() throws(CorruptRecord) -> Timestamp {
    let (high, low) = try known(bytes.readMultipleIntegers(as: (UInt16, UInt32).self))
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
    return try known(bytes.readString(length: Int(length)))
  }

  private func known<Value>(_ value: Value?) throws(CorruptRecord) -> Value {
    guard let value else { throw CorruptRecord() }
    return value
  }
}

extension ByteBuffer {
  /// A moment as six bytes, which sort as time does.
  mutating func writeMoment(_ moment: Timestamp) {
    writeMultipleIntegers(UInt16(truncatingIfNeeded: moment.milliseconds >> 32), UInt32(truncatingIfNeeded: moment.milliseconds))
  }
}
