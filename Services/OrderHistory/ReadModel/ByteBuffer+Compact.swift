import Contracts
import NIOCore

/// The compact encoding of the values in documents: variable-length integers, length-prefixed strings and lists, identifiers of
/// sixteen bytes, statuses of one.
///
/// Of an optional number or length the value plus one is written, or 0 for `nil`.
extension ByteBuffer {
  /// LEB128: seven bits per byte, the least significant first; all bytes but the last have the eighth bit set.
  mutating func writeCompact(_ number: UInt64) {
    var rest = number
    while rest > 0x7f {
      writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    writeInteger(UInt8(rest))
  }

  /// ZigZag encoding: the sign is the lowest bit, so that small negative numbers are short too.
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

  /// The position among all cases, from 1; 0 is reserved.
  mutating func writeCompact<Choice: CaseIterable & Equatable>(_ choice: Choice) {
    writeInteger(choice.code)
  }

  /// Writes sixteen bytes.
  mutating func writeIdentifier(_ id: Identifier) {
    writeMultipleIntegers(id.words.high, id.words.low)
  }

  mutating func readIdentifier() -> Identifier? {
    readMultipleIntegers(as: (UInt64, UInt64).self).map { Identifier(words: (high: $0.0, low: $0.1)) }
  }

  /// Writes six bytes, whose order is that of time.
  mutating func writeMoment(_ moment: Timestamp) {
    writeMultipleIntegers(UInt16(truncatingIfNeeded: moment.milliseconds >> 32), UInt32(truncatingIfNeeded: moment.milliseconds))
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
  /// The position among all cases, from 1.
  var code: UInt8 { UInt8(Self.allCases.enumerated().first { $0.element == self }.map { $0.offset + 1 } ?? 0) }

  init?(code: UInt8) {
    guard let value = Self.allCases.enumerated().first(where: { $0.offset + 1 == Int(code) })?.element else { return nil }
    self = value
  }
}
