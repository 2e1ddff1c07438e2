extension RedisCommand {
  public static func zadd(_ key: String, _ members: [(score: Double, member: RedisArgument)]) -> RedisCommand {
    var command = RedisCommand("ZADD", .string(key))
    for (score, member) in members {
      command.append(.double(score))
      command.append(member)
    }
    return command
  }

  public static func zrem(_ key: String, _ members: [RedisArgument]) -> RedisCommand {
    RedisCommand("ZREM", arguments: [.string(key)] + members)
  }

  /// `ZRANGE … BYLEX`: the members between two bounds, in byte order, of a set whose scores are all equal.
  ///
  /// - Parameters:
  ///   - min: `[text` inclusive, `(text` exclusive, `-` from the first.
  ///   - max: `[text` inclusive, `(text` exclusive, `+` to the last.
  ///   - limit: the maximum number of members; nil for all.
  public static func zrangeByLex(
    _ key: String, min: RedisArgument = "-", max: RedisArgument = "+", limit: Int? = nil
  ) -> RedisCommand {
    var command = RedisCommand("ZRANGE", .string(key), min, max, "BYLEX")
    if let limit {
      command.append("LIMIT")
      command.append(0)
      command.append(.int(limit))
    }
    return command
  }

  public static func zcard(_ key: String) -> RedisCommand {
    RedisCommand("ZCARD", .string(key))
  }
}

extension RedisCommands {
  /// Returns how many members are new.
  @discardableResult
  public func zadd(_ key: String, _ members: [(score: Double, member: RedisArgument)]) async throws -> Int {
    if members.isEmpty { return 0 }
    return try await send(.zadd(key, members)).count()
  }

  /// Returns how many of them existed.
  @discardableResult
  public func zrem(_ key: String, _ members: [RedisArgument]) async throws -> Int {
    if members.isEmpty { return 0 }
    return try await send(.zrem(key, members)).count()
  }

  /// See ``RedisCommand/zrangeByLex(_:min:max:limit:)``.
  public func zrangeByLex(
    _ key: String, min: RedisArgument = "-", max: RedisArgument = "+", limit: Int? = nil
  ) async throws -> [String] {
    try await send(.zrangeByLex(key, min: min, max: max, limit: limit)).texts()
  }

  public func zcard(_ key: String) async throws -> Int {
    try await send(.zcard(key)).count()
  }
}
