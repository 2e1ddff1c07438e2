public import NIOCore

/// JSON being written straight into bytes, member by member; for small documents of known shape.
///
/// Commas are its own business. Calls must nest as JSON does.
public struct JSONText {
  public private(set) var buffer: ByteBuffer
  private var needsComma = false

  public init(capacity: Int = 256) {
    buffer = ByteBufferAllocator().buffer(capacity: capacity)
  }

  public mutating func beginObject() { open("{") }
  public mutating func endObject() { close("}") }
  public mutating func beginArray() { open("[") }
  public mutating func endArray() { close("]") }

  /// The name of the member whose value comes next.
  public mutating func key(_ name: String) {
    separate()
    quote(name)
    buffer.writeInteger(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func value(_ text: String) {
    separate()
    quote(text)
    needsComma = true
  }

  public mutating func value(_ number: Int64) {
    literal(String(number))
  }

  public mutating func value(_ truth: Bool) {
    literal(truth ? "true" : "false")
  }

  public mutating func null() {
    literal("null")
  }

  /// A value that is JSON already.
  public mutating func raw(_ bytes: some Sequence<UInt8>) {
    separate()
    buffer.writeBytes(bytes)
    needsComma = true
  }

  public mutating func add(_ name: String, _ text: String) {
    key(name)
    value(text)
  }

  public mutating func add(_ name: String, _ number: Int64) {
    key(name)
    value(number)
  }

  public mutating func add(_ name: String, _ truth: Bool) {
    key(name)
    value(truth)
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
