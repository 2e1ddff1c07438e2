import Discovery
import Logging
import NIOPosix
import Redis
import ServiceClient
import ServiceLifecycle
import TestSupport

let quietLogger: Logger = {
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  return logger
}()

extension RedisServer {
  /// A client with short deadlines.
  func client() -> RedisClient {
    var configuration = configuration
    configuration.commandDeadline = .milliseconds(500)
    configuration.connectionWait = .milliseconds(200)
    return RedisClient(configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
  }
}

/// Runs services while `body` runs; stops them gracefully afterwards.
func running<Result: Sendable>(
  _ services: [any Service], _ body: @Sendable () async throws -> Result
) async throws -> Result {
  let group = ServiceGroup(services: services, logger: quietLogger)
  async let ended: Void = group.run()
  do {
    let result = try await body()
    await group.triggerGracefulShutdown()
    try await ended
    return result
  } catch {
    await group.triggerGracefulShutdown()
    try await ended
    throw error
  }
}

extension ServiceAddress {
  static func local(_ port: Int) -> ServiceAddress { ServiceAddress("http://127.0.0.1:\(port)")! }
}

extension Registration {
  /// An instance of `shop` with a lease short enough for tests.
  init(
    _ instance: String, _ redis: RedisClient, farewell: Duration = .milliseconds(50),
    address: @escaping @Sendable () async -> ServiceAddress?
  ) {
    self.init(
      service: "shop", instance: instance, redis: redis, lease: .milliseconds(600), renewal: .milliseconds(100),
      farewell: farewell, logger: quietLogger, address: address)
  }
}
