public import NIOCore

extension RedisCommand {
  public static func hget(_ key: String, _ field: String) -> RedisCommand {
    RedisCommand("HGET", .string(key), .string(field))
  }

  public static func hmget(_ key: String, _ fields: [String]) -> RedisCommand {
    RedisCommand("HMGET", arguments: [.string(key)] + fields.map { .string($0) })
  }

  public static func hgetAll(_ key: String) -> RedisCommand {
    RedisCommand("HGETALL", .string(key))
  }

  public static func hset(_ key: String, _ fields: [(String, RedisArgument)]) -> RedisCommand {
    var command = RedisCommand("HSET", .string(key))
    for (name, value) in fields {
      command.append(.string(name))
      command.append(value)
    }
    return command
  }

  public static func hdel(_ key: String, _ fields: [String]) -> RedisCommand {
    RedisCommand("HDEL", arguments: [.string(key)] + fields.map { .string($0) })
  }

  public static func hincrby(_ key: String, _ field: String, _ increment: Int) -> RedisCommand {
    RedisCommand("HINCRBY", .string(key), .string(field), .int(increment))
  }
}

extension RedisCommands {
  public func hget(_ key: String, _ field: String) async throws -> ByteBuffer? {
    try await send(.hget(key, field)).optionalBytes()
  }

  /// The values of some fields, in the same order.
  public func hmget(_ key: String, _ fields: [String]) async throws -> [ByteBuffer?] {
    if fields.isEmpty { return [] }
    return try await send(.hmget(key, fields)).elements().map { try $0.optionalBytes() }
  }

  /// All fields; empty if the key doesn't exist.
  public func hgetAll(_ key: String) async throws -> [String: ByteBuffer] {
    try await send(.hgetAll(key)).fields()
  }

  /// Returns how many fields are new.
  @discardableResult
  public func hset(_ key: String, _ fields: [(String, RedisArgument)]) async throws -> Int {
    try await send(.hset(key, fields)).count()
  }

  /// Returns how many of the fields existed.
  @discardableResult
  public func hdel(_ key: String, _ fields: [String]) async throws -> Int {
    if fields.isEmpty { return 0 }
    return try await send(.hdel(key, fields)).count()
  }
}

extension RedisValue {
  /// The reply to `HGETALL`.
  public func fields() throws -> [String: ByteBuffer] {
    var fields: [String: ByteBuffer] = [:]
    for (name, value) in try pairs() {
      fields[name] = try value.optionalBytes()
    }
    return fields
  }
}
