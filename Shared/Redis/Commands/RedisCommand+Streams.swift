internal import Concurrency
extension RedisCommand {
  /// - Parameter id: `*` lets the server choose.
  public static func xadd(_ stream: String, id: String = "*", _ fields: [(String, String)]) -> RedisCommand {
    var command = RedisCommand("XADD", .string(stream), .string(id))
    for (name, value) in fields {
      command.append(.string(name))
      command.append(.string(value))
    }
    return command
  }

  /// - Parameters:
  ///   - id: `>` for entries never delivered to the group; `0` or another id for this consumer's pending entries after it.
  ///   - block: how long to wait for entries; nil not at all. Only on a ``RedisBlockingConnection``.
  public static func xreadGroup(
    group: String, consumer: String, streams: [String], from id: String = ">", count: Int, block: Duration? = nil
  ) -> RedisCommand {
    var command = RedisCommand("XREADGROUP", "GROUP", .string(group), .string(consumer), "COUNT", .int(count))
    if let block {
      command.append("BLOCK")
      // 0 would block for ever.
      command.append(.int(max(1, block.wholeMilliseconds)))
    }
    command.append("STREAMS")
    command.append(streams)
    command.append(repeatElement(id, count: streams.count))
    return command
  }

  public static func xack(_ stream: String, group: String, ids: [String]) -> RedisCommand {
    var command = RedisCommand("XACK", .string(stream), .string(group))
    command.append(ids)
    return command
  }

  public static func xautoclaim(
    _ stream: String, group: String, consumer: String, minIdle: Duration, start: String = "0-0", count: Int = 100
  ) -> RedisCommand {
    RedisCommand(
      "XAUTOCLAIM", .string(stream), .string(group), .string(consumer), .int(minIdle.wholeMilliseconds), .string(start),
      "COUNT", .int(count))
  }

  public static func xgroupCreate(
    _ stream: String, group: String, id: String = "0", mkstream: Bool = true
  ) -> RedisCommand {
    var command = RedisCommand("XGROUP", "CREATE", .string(stream), .string(group), .string(id))
    if mkstream { command.append("MKSTREAM") }
    return command
  }

  public static func xinfoGroups(_ stream: String) -> RedisCommand {
    RedisCommand("XINFO", "GROUPS", .string(stream))
  }

  public static func xpendingSummary(_ stream: String, group: String) -> RedisCommand {
    RedisCommand("XPENDING", .string(stream), .string(group))
  }

  /// The entries between two ids that were delivered to a group and not acknowledged.
  public static func xpending(_ stream: String, group: String, from start: String, to end: String, count: Int) -> RedisCommand {
    RedisCommand("XPENDING", .string(stream), .string(group), .string(start), .string(end), .int(count))
  }

  /// Removes the entries before `minID`; with `approximate` only whole nodes, which is cheaper.
  public static func xtrim(_ stream: String, minID: String, approximate: Bool = true) -> RedisCommand {
    RedisCommand("XTRIM", .string(stream), "MINID", approximate ? "~" : "=", .string(minID))
  }

  public static func xlen(_ stream: String) -> RedisCommand {
    RedisCommand("XLEN", .string(stream))
  }

  public static func xrange(
    _ stream: String, from start: String = "-", to end: String = "+", count: Int? = nil
  ) -> RedisCommand {
    var command = RedisCommand("XRANGE", .string(stream), .string(start), .string(end))
    if let count {
      command.append("COUNT")
      command.append(.int(count))
    }
    return command
  }

  /// Newest first.
  public static func xrevrange(
    _ stream: String, from end: String = "+", to start: String = "-", count: Int
  ) -> RedisCommand {
    RedisCommand("XREVRANGE", .string(stream), .string(end), .string(start), "COUNT", .int(count))
  }

  public static func xdel(_ stream: String, ids: [String]) -> RedisCommand {
    var command = RedisCommand("XDEL", .string(stream))
    command.append(ids)
    return command
  }
}

extension RedisCommands {
  /// Returns the new entry's id.
  @discardableResult
  public func xadd(_ stream: String, id: String = "*", _ fields: [(String, String)]) async throws -> String {
    try await send(.xadd(stream, id: id, fields)).text()
  }

  /// Empty when there are no entries, or none arrived within `block`; streams without entries are left out when `from` is `>`.
  /// Throws
  /// `NOGROUP` when a stream or its group doesn't exist.
  public func xreadGroup(
    group: String, consumer: String, streams: [String], from id: String = ">", count: Int, block: Duration? = nil
  ) async throws -> [(stream: String, entries: [RedisStreamEntry])] {
    let command = RedisCommand.xreadGroup(
      group: group, consumer: consumer, streams: streams, from: id, count: count, block: block)
    return try await send(command, deadline: block.map { $0 + .seconds(2) }).streams()
  }

  /// Returns how many were pending.
  @discardableResult
  public func xack(_ stream: String, group: String, ids: [String]) async throws -> Int {
    if ids.isEmpty { return 0 }
    return try await send(.xack(stream, group: group, ids: ids)).count()
  }

  /// Claims entries that other consumers have left pending for `minIdle` or longer.
  public func xautoclaim(
    _ stream: String, group: String, consumer: String, minIdle: Duration, start: String = "0-0", count: Int = 100
  ) async throws -> RedisStreamClaim {
    try await send(
      .xautoclaim(stream, group: group, consumer: consumer, minIdle: minIdle, start: start, count: count)
    ).streamClaim()
  }

  /// Returns whether the group is new; an existing one is left unchanged.
  @discardableResult
  public func xgroupCreate(
    _ stream: String, group: String, id: String = "0", mkstream: Bool = true
  ) async throws -> Bool {
    do {
      try await send(.xgroupCreate(stream, group: group, id: id, mkstream: mkstream))
      return true
    } catch let error as RedisError where error.code == .busyGroup {
      return false
    }
  }

  public func xinfoGroups(_ stream: String) async throws -> [RedisStreamGroup] {
    try await send(.xinfoGroups(stream)).streamGroups()
  }

  public func xpendingSummary(_ stream: String, group: String) async throws -> RedisStreamPending {
    try await send(.xpendingSummary(stream, group: group)).streamPending()
  }

  /// Returns how many entries were removed.
  @discardableResult
  public func xtrim(_ stream: String, minID: String, approximate: Bool = true) async throws -> Int {
    try await send(.xtrim(stream, minID: minID, approximate: approximate)).count()
  }

  public func xlen(_ stream: String) async throws -> Int {
    try await send(.xlen(stream)).count()
  }

  public func xrange(
    _ stream: String, from start: String = "-", to end: String = "+", count: Int? = nil
  ) async throws -> [RedisStreamEntry] {
    try await send(.xrange(stream, from: start, to: end, count: count)).streamEntries()
  }

  /// Newest first.
  public func xrevrange(
    _ stream: String, from end: String = "+", to start: String = "-", count: Int
  ) async throws -> [RedisStreamEntry] {
    try await send(.xrevrange(stream, from: end, to: start, count: count)).streamEntries()
  }

  @discardableResult
  public func xdel(_ stream: String, ids: [String]) async throws -> Int {
    if ids.isEmpty { return 0 }
    return try await send(.xdel(stream, ids: ids)).count()
  }
}
