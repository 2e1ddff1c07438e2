/// A UUID in its canonical text form (RFC 9562), ordered by its bytes; version 7 identifiers therefore sort by creation time.
public struct Identifier: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A version 7 identifier: 48 bits of milliseconds since 1970, then random bits (RFC 9562, section 5.7).
  public static func v7(at time: Timestamp) -> Identifier {
    let milliseconds = UInt64(bitPattern: time.milliseconds) & 0xffff_ffff_ffff
    let random = UInt64.random(in: 0...UInt64.max)
    let high = milliseconds << 16 | 0x7000 | random & 0x0fff
    let low = 0x8000_0000_0000_0000 | UInt64.random(in: 0...UInt64.max) >> 2
    return Identifier(high: high, low: low)
  }
}

extension Identifier: LosslessStringConvertible {
  /// Reads `8-4-4-4-12` hexadecimal digits in either case; anything else is `nil`.
  public init?(_ text: some StringProtocol) {
    var words: (high: UInt64, low: UInt64) = (0, 0)
    var index = 0
    for byte in text.utf8 {
      switch index {
      case 8, 13, 18, 23:
        guard byte == UInt8(ascii: "-") else { return nil }
      case 0..<36:
        guard let digit = Self.digit(byte) else { return nil }
        if index < 18 { words.high = words.high << 4 | digit } else { words.low = words.low << 4 | digit }
      default:
        return nil
      }
      index += 1
    }
    guard index == 36 else { return nil }
    self.init(high: words.high, low: words.low)
  }

  /// Satisfies `LosslessStringConvertible`; see `init?(_:)` over any string.
  public init?(_ description: String) {
    self.init(description[...])
  }

  /// Lower-case `8-4-4-4-12` text.
  public var description: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        let word = index < 16 ? high : low
        let digit = UInt8(truncatingIfNeeded: word >> (60 - UInt64(index % 16) * 4)) & 0xf
        buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        position += 1
      }
      return position
    }
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

extension Identifier: Comparable {
  public static func < (left: Identifier, right: Identifier) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

extension Identifier: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let identifier = Identifier(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "is not a UUID")
    }
    self = identifier
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
