import Logging
import NIOCore
import NIOPosix
import Redis
import TestSupport

let quietLogger: Logger = {
  var logger = Logger(label: "redis-tests")
  logger.logLevel = .critical
  return logger
}()

/// Runs a client on two event loops while `body` runs.
func withClient<Result: Sendable>(
  _ configuration: RedisConfiguration, eventLoops: Int = 2,
  _ body: @Sendable @escaping (RedisClient) async throws -> Result
) async throws -> Result {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: eventLoops)
  let client = RedisClient(configuration: configuration, eventLoopGroup: group, logger: quietLogger)
  let result: Swift.Result<Result, any Error>
  do {
    let value = try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await client.run() }
      defer { tasks.cancelAll() }
      return try await body(client)
    }
    result = .success(value)
  } catch {
    result = .failure(error)
  }
  try await group.shutdownGracefully()
  return try result.get()
}

/// The `RedisError` that `body` throws, if any.
func redisError(_ body: () async throws -> Void) async -> RedisError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? RedisError
  }
}

extension RedisServer {
  /// Waits until the server has begun a `DEBUG SLEEP`: it accepts connections, but doesn't reply.
  func isAsleep() async throws {
    var configuration = configuration
    configuration.connectTimeout = .milliseconds(50)
    let probe = RedisBlockingConnection(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
    defer { probe.close() }
    try await eventually("the sleep") {
      await redisError { _ = try await probe.send(.ping, deadline: .milliseconds(50)) } != nil
    }
  }
}
