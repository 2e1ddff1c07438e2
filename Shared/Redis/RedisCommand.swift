/// A command's name and arguments: `RedisCommand("SET", "key", .bytes(buffer), "EX", 5)`.
///
/// A value; ``RedisClient``, ``RedisConnection`` and ``RedisBlockingConnection`` send it.
public struct RedisCommand: Sendable, Hashable {
  public let name: String
  public private(set) var arguments: [RedisArgument]

  public init(_ name: String, _ arguments: RedisArgument...) {
    self.name = name
    self.arguments = arguments
  }

  public init(_ name: String, arguments: [RedisArgument]) {
    self.name = name
    self.arguments = arguments
  }

  public mutating func append(_ argument: RedisArgument) {
    arguments.append(argument)
  }

  public mutating func append(_ strings: some Sequence<String>) {
    for string in strings {
      arguments.append(.string(string))
    }
  }
}

extension RedisCommand: CustomStringConvertible {
  /// The name and the number of arguments; never their content, which may be secret.
  public var description: String {
    "\(name) (\(arguments.count) arguments)"
  }
}
