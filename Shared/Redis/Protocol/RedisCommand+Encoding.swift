internal import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension RedisCommand {
  /// Appends the command as RESP2: an array of bulk strings
  /// (https://redis.io/docs/latest/develop/reference/protocol-spec/).
  func encode(into buffer: inout ByteBuffer) {
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: encodedSizeBound) { bytes in
      var writer = RESPWriter(bytes)
      writer.header("*", arguments.count + 1)
      writer.bulk(name)
      for argument in arguments {
        switch argument.storage {
        case .string(let string): writer.bulk(string)
        case .buffer(let bytes): bytes.withUnsafeReadableBytes { writer.bulk($0) }
        case .array(let bytes): bytes.withUnsafeBytes { writer.bulk($0) }
        case .integer(let number): writer.bulk(number)
        }
      }
      return writer.count
    }
  }

  private var encodedSizeBound: Int {
    var size = RESPWriter.frame + RESPWriter.frame + name.utf8.count
    for argument in arguments {
      switch argument.storage {
      case .string(let string): size += RESPWriter.frame + string.utf8.count
      case .buffer(let bytes): size += RESPWriter.frame + bytes.readableBytes
      case .array(let bytes): size += RESPWriter.frame + bytes.count
      case .integer: size += RESPWriter.frame + RESPWriter.digits
      }
    }
    return size
  }
}

/// Writes into preallocated memory: one bounds check per command instead of one per piece.
private struct RESPWriter {
  /// The longest decimal Int64, with its sign.
  static let digits = 20
  /// The maximum overhead of a bulk string: type, length and two line ends.
  static let frame = 1 + digits + 2 + 2

  private let bytes: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  mutating func header(_ type: Unicode.Scalar, _ number: Int) {
    put(UInt8(ascii: type))
    decimal(Int64(number))
    lineEnd()
  }

  mutating func bulk(_ string: String) {
    let length = string.utf8.count
    header("$", length)
    let copied: Void? = string.utf8.withContiguousStorageIfAvailable { copy(UnsafeRawBufferPointer($0)) }
    if copied == nil {
      for byte in string.utf8 {
        put(byte)
      }
    }
    lineEnd()
  }

  mutating func bulk(_ source: UnsafeRawBufferPointer) {
    header("$", source.count)
    copy(source)
    lineEnd()
  }

  mutating func bulk(_ number: Int64) {
    header("$", Self.decimalLength(number))
    decimal(number)
    lineEnd()
  }

  private mutating func copy(_ source: UnsafeRawBufferPointer) {
    guard let from = source.baseAddress, let to = bytes.baseAddress, source.count > 0 else { return }
    precondition(count + source.count <= bytes.count)
    memcpy(to + count, from, source.count)
    count += source.count
  }

  private mutating func put(_ byte: UInt8) {
    bytes[count] = byte
    count += 1
  }

  private mutating func lineEnd() {
    put(UInt8(ascii: "\r"))
    put(UInt8(ascii: "\n"))
  }

  private mutating func decimal(_ number: Int64) {
    if number < 0 { put(UInt8(ascii: "-")) }
    let length = Self.decimalLength(number) - (number < 0 ? 1 : 0)
    var rest = number.magnitude
    for offset in stride(from: length - 1, through: 0, by: -1) {
      bytes[count + offset] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
    count += length
  }

  private static func decimalLength(_ number: Int64) -> Int {
    var length = number < 0 ? 2 : 1
    var rest = number.magnitude / 10
    while rest > 0 {
      length += 1
      rest /= 10
    }
    return length
  }
}
