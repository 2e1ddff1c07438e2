internal import Concurrency
public import NIOCore

extension RedisCommand {
  public static func get(_ key: String) -> RedisCommand {
    RedisCommand("GET", .string(key))
  }

  /// - Parameters:
  ///   - ex: the time to live, in milliseconds' precision; nil for none.
  ///   - onlyIfAbsent: returns null, and changes nothing, if the key exists.
  public static func set(
    _ key: String, _ value: RedisArgument, ex: Duration? = nil, onlyIfAbsent: Bool = false
  ) -> RedisCommand {
    var command = RedisCommand("SET", .string(key), value)
    if let ex {
      command.append("PX")
      command.append(.int(max(1, ex.wholeMilliseconds)))
    }
    if onlyIfAbsent { command.append("NX") }
    return command
  }

  public static func mget(_ keys: [String]) -> RedisCommand {
    RedisCommand("MGET", arguments: keys.map { .string($0) })
  }

  public static func del(_ keys: [String]) -> RedisCommand {
    RedisCommand("DEL", arguments: keys.map { .string($0) })
  }

  public static func sadd(_ key: String, _ members: [RedisArgument]) -> RedisCommand {
    RedisCommand("SADD", arguments: [.string(key)] + members)
  }
}

extension RedisCommands {
  public func get(_ key: String) async throws -> ByteBuffer? {
    try await send(.get(key)).optionalBytes()
  }

  /// Returns whether the value was set: always, unless `onlyIfAbsent`.
  @discardableResult
  public func set(
    _ key: String, _ value: RedisArgument, ex: Duration? = nil, onlyIfAbsent: Bool = false
  ) async throws -> Bool {
    try await !send(.set(key, value, ex: ex, onlyIfAbsent: onlyIfAbsent)).isNull
  }

  /// The values of several keys in the same order; sends nothing for no keys.
  public func mget(_ keys: [String]) async throws -> [ByteBuffer?] {
    if keys.isEmpty { return [] }
    return try await send(.mget(keys)).elements().map { try $0.optionalBytes() }
  }

  /// Returns how many of them existed.
  @discardableResult
  public func del(_ keys: [String]) async throws -> Int {
    if keys.isEmpty { return 0 }
    return try await send(.del(keys)).count()
  }

  /// Returns how many members are new.
  @discardableResult
  public func sadd(_ key: String, _ members: [RedisArgument]) async throws -> Int {
    if members.isEmpty { return 0 }
    return try await send(.sadd(key, members)).count()
  }
}
