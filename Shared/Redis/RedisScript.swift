/// A Lua script, identified by its SHA-1.
public struct RedisScript: Sendable, Hashable {
  public let source: String
  /// 40 lower-case hexadecimal digits, as `EVALSHA` requires.
  public let sha1: String

  public init(_ source: String) {
    self.source = source
    sha1 = SHA1.hexadecimal(of: source.utf8)
  }
}

extension RedisCommand {
  /// `EVALSHA`; fails with `NOSCRIPT` on a server that has not loaded the script.
  public static func evalSHA(_ script: RedisScript, keys: [String], arguments: [RedisArgument]) -> RedisCommand {
    var command = RedisCommand("EVALSHA", .string(script.sha1), .int(keys.count))
    command.append(keys)
    for argument in arguments {
      command.append(argument)
    }
    return command
  }

  /// `SCRIPT LOAD`; returns the SHA-1.
  public static func scriptLoad(_ script: RedisScript) -> RedisCommand {
    RedisCommand("SCRIPT", "LOAD", .string(script.source))
  }
}

extension RedisClient {
  /// Runs a script, loading it on the server first if necessary.
  public func run(
    _ script: RedisScript, keys: [String], arguments: [RedisArgument], deadline: Duration? = nil
  ) async throws -> RedisValue {
    try await run(script, calls: [(keys: keys, arguments: arguments)], deadline: deadline)[0].get()
  }

  /// Runs a script once for each call, in one pipelined write: replies in order, error replies as values.
  ///
  /// When the server has lost the script the rejected calls are resent, once, after the others.
  public func run(
    _ script: RedisScript, calls: [(keys: [String], arguments: [RedisArgument])], deadline: Duration? = nil
  ) async throws -> [RedisValue] {
    let commands = calls.map { RedisCommand.evalSHA(script, keys: $0.keys, arguments: $0.arguments) }
    var replies = try await send(commands, deadline: deadline)
    let rejected = replies.indices.filter { replies[$0].error?.code == .noScript }
    guard !rejected.isEmpty else { return replies }
    let retried = try await send([.scriptLoad(script)] + rejected.map { commands[$0] }, deadline: deadline)
    try retried[0].get()
    for (index, reply) in zip(rejected, retried.dropFirst()) {
      replies[index] = reply
    }
    return replies
  }
}
