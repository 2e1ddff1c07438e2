public import NIOCore

/// Writes JSON directly into a buffer, for small documents of known shape.
///
/// Commas are inserted automatically. Calls must be nested as the JSON is; this is not checked.
public struct JSONText {
  /// What has been written.
  public private(set) var buffer: ByteBuffer
  private var needsComma = false

  /// - Parameter capacity: the expected size in bytes.
  public init(capacity: Int = 256) {
    buffer = ByteBufferAllocator().buffer(capacity: capacity)
  }

  /// Writes `{`.
  public mutating func beginObject() { open("{") }
  /// Writes `}`.
  public mutating func endObject() { close("}") }
  /// Writes `[`.
  public mutating func beginArray() { open("[") }
  /// Writes `]`.
  public mutating func endArray() { close("]") }

  /// Writes the name of a member; its value must follow.
  public mutating func key(_ name: String) {
    separate()
    quote(name)
    buffer.writeInteger(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a string, escaped.
  public mutating func value(_ text: String) {
    separate()
    quote(text)
    needsComma = true
  }

  /// Writes an integer.
  public mutating func value(_ number: Int64) {
    literal(String(number))
  }

  /// Writes `true` or `false`.
  public mutating func value(_ flag: Bool) {
    literal(flag ? "true" : "false")
  }

  /// Writes `null`.
  public mutating func null() {
    literal("null")
  }

  /// Writes a value that is encoded as JSON already.
  public mutating func raw(_ bytes: some Sequence<UInt8>) {
    separate()
    buffer.writeBytes(bytes)
    needsComma = true
  }

  /// Adds a member that is a string.
  public mutating func add(_ name: String, _ text: String) {
    key(name)
    value(text)
  }

  /// Adds a member that is an integer.
  public mutating func add(_ name: String, _ number: Int64) {
    key(name)
    value(number)
  }

  /// Adds a member that is a Boolean.
  public mutating func add(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  private mutating func literal(_ text: String) {
    separate()
    buffer.writeString(text)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
  }

  private mutating func open(_ bracket: Unicode.Scalar) {
    separate()
    buffer.writeInteger(UInt8(ascii: bracket))
    needsComma = false
  }

  private mutating func close(_ bracket: Unicode.Scalar) {
    buffer.writeInteger(UInt8(ascii: bracket))
    needsComma = true
  }

  private mutating func quote(_ text: String) {
    buffer.writeInteger(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
      buffer.writeString(text)
    } else {
      for byte in text.utf8 { escape(byte) }
    }
    buffer.writeInteger(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): buffer.writeStaticString(#"\""#)
    case UInt8(ascii: "\\"): buffer.writeStaticString(#"\\"#)
    case UInt8(ascii: "\n"): buffer.writeStaticString(#"\n"#)
    case 0..<0x20:
      buffer.writeStaticString(#"\u00"#)
      for digit in [byte >> 4, byte & 0xf] {
        buffer.writeInteger(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    default: buffer.writeInteger(byte)
    }
  }
}
