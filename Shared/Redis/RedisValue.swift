public import NIOCore

/// A RESP2 reply.
public enum RedisValue: Sendable, Hashable {
  /// A status line, such as `OK`.
  case simple(String)
  indirect case error(RedisError)
  case integer(Int64)
  /// The bytes may share the storage of the socket buffer with other replies: copy what is kept for long.
  case bulk(ByteBuffer)
  case array([RedisValue])
  case null
}

extension RedisValue {
  /// The text of a status line or bulk string (invalid UTF-8 repaired), or the digits of an integer.
  public var string: String? {
    switch self {
    case .simple(let text): text
    case .bulk(let bytes): String(buffer: bytes)
    case .integer(let number): String(number)
    case .error, .array, .null: nil
    }
  }

  /// An integer reply, or a bulk string that is a decimal number.
  public var int: Int64? {
    switch self {
    case .integer(let number): number
    case .simple(let text): Int64(text)
    case .bulk(let bytes): Int64(String(buffer: bytes))
    case .error, .array, .null: nil
    }
  }

  public var double: Double? {
    if case .integer(let number) = self { Double(number) } else { string.flatMap(Double.init) }
  }

  public var array: [RedisValue]? {
    if case .array(let values) = self { values } else { nil }
  }

  public var bytes: ByteBuffer? {
    switch self {
    case .bulk(let bytes): bytes
    case .simple(let text): ByteBuffer(string: text)
    case .integer, .error, .array, .null: nil
    }
  }

  public var error: RedisError? {
    if case .error(let error) = self { error } else { nil }
  }

  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// The value itself; an error reply is thrown.
  @discardableResult
  public func get() throws -> RedisValue {
    if case .error(let error) = self { throw error }
    return self
  }
}
