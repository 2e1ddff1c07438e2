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

extension Identifier {
  /// Greater than every other identifier (RFC 9562, section 5.10).
  public static let highest = Identifier(high: .max, low: .max)

  /// The 16 bytes as two numbers, the more significant one first.
  public var words: (high: UInt64, low: UInt64) { (high, low) }

  public init(words: (high: UInt64, low: UInt64)) {
    self.init(high: words.high, low: words.low)
  }

  /// When a version 7 identifier was created, by the clock of its creator; `nil` for other versions.
  public var createdAt: Timestamp? {
    high >> 12 & 0xf == 7 ? Timestamp(milliseconds: Int64(high >> 16)) : nil
  }
}

extension Identifier: LosslessStringConvertible {
  /// Reads `8-4-4-4-12` hexadecimal digits in either case; anything else is `nil`.
  public init?(_ description: String) {
    var text = description
    guard let identifier = text.withUTF8({ Self.read($0) }) else { return nil }
    self = identifier
  }

  /// Reads any other string type.
  public init?(_ text: some StringProtocol) {
    self.init(String(text))
  }

  private static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Identifier? {
    guard bytes.count == 36 else { return nil }
    var words: (high: UInt64, low: UInt64) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else if let digit = digit(byte) {
        if index < 18 { words.high = words.high << 4 | digit } else { words.low = words.low << 4 | digit }
      } else {
        return nil
      }
    }
    return Identifier(high: words.high, low: words.low)
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
