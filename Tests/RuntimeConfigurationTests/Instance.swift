import Logging
import NIOPosix
import Redis
import RuntimeConfiguration
import ServiceLifecycle
import TestSupport
import Web

let quietLogger: Logger = {
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  return logger
}()

/// One instance of a service with three run-time settings.
struct Instance: Sendable {
  let configuration: RuntimeConfiguration
  let patience: RuntimeValue<Duration>
  let places: RuntimeValue<Int>
  let isOpen: RuntimeValue<Bool>

  init(_ redis: RedisClient, environment: [String: String] = [:]) throws {
    let settings = try Settings(
      [
        Setting("patience", default: "2s", "how long to wait"), Setting("places", default: "64", "how many at once"),
        Setting("is.open", default: "true", "whether it is open"),
        Setting("password", default: nil, isRequired: false, isSecret: true, "not to be seen"),
      ], arguments: [], environment: environment)
    configuration = RuntimeConfiguration(
      service: "inn", settings: settings, redis: redis, interval: .milliseconds(50), logger: quietLogger)
    patience = try configuration.duration("patience", in: .milliseconds(10)...(.seconds(60)))
    places = try configuration.integer("places", in: 1...100)
    isOpen = try configuration.bool("is.open")
  }

  func setting(_ key: String) -> RuntimeSetting? { configuration.all.first { $0.key == key } }
}

/// Runs two instances of a service, each with its own connection, while `body` runs.
func withTwoInstances<Result: Sendable>(
  _ server: RedisServer, environment: [String: String] = [:],
  _ body: @Sendable @escaping (Instance, Instance, RedisClient) async throws -> Result
) async throws -> Result {
  var configuration = server.configuration
  configuration.commandDeadline = .milliseconds(500)
  configuration.connectionWait = .milliseconds(200)
  let clients = (0..<2).map { _ in
    RedisClient(configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
  }
  let instances = [try Instance(clients[0], environment: environment), try Instance(clients[1], environment: environment)]
  let group = ServiceGroup(services: clients + instances.map(\.configuration), logger: quietLogger)
  async let ended: Void = group.run()
  do {
    let result = try await body(instances[0], instances[1], clients[0])
    await group.triggerGracefulShutdown()
    try await ended
    return result
  } catch {
    await group.triggerGracefulShutdown()
    try await ended
    throw error
  }
}
