public import NIOCore

/// One argument of a command, in one of several representations of bytes.
public struct RedisArgument: Sendable, Hashable {
  enum Storage: Sendable, Hashable {
    case string(String)
    case buffer(ByteBuffer)
    case array([UInt8])
    case integer(Int64)
  }

  let storage: Storage

  public static func string(_ value: String) -> RedisArgument {
    RedisArgument(storage: .string(value))
  }

  public static func string(_ value: Substring) -> RedisArgument {
    RedisArgument(storage: .string(String(value)))
  }

  public static func bytes(_ value: ByteBuffer) -> RedisArgument {
    RedisArgument(storage: .buffer(value))
  }

  public static func bytes(_ value: [UInt8]) -> RedisArgument {
    RedisArgument(storage: .array(value))
  }

  public static func int(_ value: Int) -> RedisArgument {
    RedisArgument(storage: .integer(Int64(value)))
  }

  public static func int(_ value: Int64) -> RedisArgument {
    RedisArgument(storage: .integer(value))
  }

  /// The shortest decimal text that parses as the same number.
  public static func double(_ value: Double) -> RedisArgument {
    RedisArgument(storage: .string(value == .infinity ? "+inf" : value == -.infinity ? "-inf" : "\(value)"))
  }
}

extension RedisArgument: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) {
    self.init(storage: .string(value))
  }
}

extension RedisArgument: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) {
    self.init(storage: .integer(value))
  }
}
