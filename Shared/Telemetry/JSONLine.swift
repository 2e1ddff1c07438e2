import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A writer for one JSON object on one line; control characters are escaped, so that no value can forge a log line.
struct JSONLine {
  private(set) var bytes: [UInt8] = []

  init(opening: Bool) {
    bytes.reserveCapacity(opening ? 256 : 96)
    if opening { bytes.append(UInt8(ascii: "{")) }
  }

  mutating func add(_ key: String, _ value: String) {
    begin(key)
    quote(value)
  }

  mutating func add(_ key: String, _ value: Logger.MetadataValue) {
    begin(key)
    append(value)
  }

  mutating func append(members: [UInt8]) {
    separate()
    bytes += members
  }

  mutating func finish() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private mutating func begin(_ key: String) {
    separate()
    quote(key)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func separate() {
    switch bytes.last {
    case nil, UInt8(ascii: "{"), UInt8(ascii: "["): break
    default: bytes.append(UInt8(ascii: ","))
    }
  }

  private mutating func append(_ value: Logger.MetadataValue) {
    switch value {
    case .string(let text): quote(text)
    case .stringConvertible(let value): quote(value.description)
    case .array(let values):
      bytes.append(UInt8(ascii: "["))
      for value in values {
        separate()
        append(value)
      }
      bytes.append(UInt8(ascii: "]"))
    case .dictionary(let members):
      bytes.append(UInt8(ascii: "{"))
      for (key, value) in members.sorted(by: { $0.key < $1.key }) { add(key, value) }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): bytes += Array(#"\n"#.utf8)
      case UInt8(ascii: "\t"): bytes += Array(#"\t"#.utf8)
      case 0..<0x20, 0x7f:
        bytes += Array(#"\u00"#.utf8)
        bytes.append(Self.digits[Int(byte >> 4)])
        bytes.append(Self.digits[Int(byte & 0xf)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static let digits = Array("0123456789abcdef".utf8)
}

/// The process's standard error, unbuffered.
public enum StandardError {
  /// Writes `line` with one `write(2)`; continues after an interrupted or partial write, and ignores other errors.
  @Sendable public static func write(_ line: [UInt8]) {
    line.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        #if canImport(Glibc)
          let written = Glibc.write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #elseif canImport(Musl)
          let written = Musl.write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #elseif canImport(Darwin)
          let written = Darwin.write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #endif
        if written > 0 {
          rest = rest.dropFirst(written)
        } else if errno != EINTR {
          return
        }
      }
    }
  }
}
