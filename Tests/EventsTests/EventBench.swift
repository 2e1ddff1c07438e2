import Contracts
import Logging
import NIOPosix
import Postgres
import Redis
import ServiceLifecycle
import Synchronization
import TestSupport

@testable import Events

/// A service's outbox and the `events` Redis, both real, and services that run on them during one test.
struct EventBench: Sendable {
  let postgres: PostgresClient
  let redis: RedisClient
  let server: RedisServer
  let database: PostgresServer
  let name: String

  /// - Parameter redis: how to reach another Redis than the one that is started for the test.
  static func run(redis: RedisConfiguration? = nil, _ body: @escaping @Sendable (EventBench) async throws -> Void) async throws {
    let database = try await PostgresServer.shared()
    let name = try await database.createDatabase(for: "events")
    let server = try await RedisServer(.events)
    let postgres = PostgresClient(configuration: database.configuration(database: name), logger: quiet)
    let redis = RedisClient(
      configuration: redis ?? server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    let bench = EventBench(postgres: postgres, redis: redis, server: server, database: database, name: name)
    try await bench.during([postgres, redis]) {
      try await postgres.migrate(Outbox.migrations)
      try await body(bench)
    }
  }

  /// Runs services while `body` runs.
  func during(_ services: [any Service], _ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for service in services {
        group.addTask { try await service.run() }
      }
      defer { group.cancelAll() }
      try await body()
    }
  }

  func relay(_ instance: String = "shop-1", _ change: (inout OutboxRelay.Configuration) -> Void = { _ in }) -> OutboxRelay {
    var configuration = OutboxRelay.Configuration(service: "shop", instance: instance)
    configuration.sweepInterval = .milliseconds(100)
    change(&configuration)
    return OutboxRelay(configuration: configuration, postgres: postgres, redis: redis, logger: quiet)
  }

  func consumer(
    _ group: String, _ consumer: String = "one", handler: any EventHandler,
    configure: (inout ConsumerGroup.Configuration) -> Void = { _ in }, groupCreated: @escaping @Sendable () -> Void = {}
  ) -> ConsumerGroup {
    var configuration = ConsumerGroup.Configuration(sources: ["shop"], group: group, consumer: consumer)
    configuration.block = .milliseconds(200)
    configure(&configuration)
    return ConsumerGroup(
      configuration: configuration, redis: redis,
      reader: RedisBlockingConnection(
        configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet),
      handler: handler, logger: quiet, groupCreated: groupCreated)
  }

  /// Commits one event for each subject.
  func append(_ subjects: [Identifier], sequence: Int64 = 1) async throws {
    _ = try await postgres.execute(
      AppendEvents(events: subjects.map { (id: .fresh(), type: .shopUpdated, subject: $0, sequence: sequence) }))
  }

  /// The subjects in the stream, in its order.
  func published() async throws -> [String] {
    try await redis.xrange("events:shop").compactMap { $0["subject"] }
  }

  func backlog() async throws -> Int64 {
    try await postgres.execute(CountBacklog()).first?.rows ?? 0
  }
}

/// Records the changes that it handles, and returns the outcomes that the test wants.
final class RecordingHandler: EventHandler {
  private struct State {
    var calls = 0
    var highest: [Identifier: Int64] = [:]
  }
  private let state = Mutex(State())
  private let outcome: @Sendable (AggregateChange) -> ChangeOutcome

  init(_ outcome: @escaping @Sendable (AggregateChange) -> ChangeOutcome = { _ in .applied }) {
    self.outcome = outcome
  }

  var calls: Int { state.withLock { $0.calls } }
  var highest: [Identifier: Int64] { state.withLock { $0.highest } }

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    changes.map { change in
      let outcome = outcome(change)
      state.withLock { state in
        state.calls += 1
        if outcome == .applied { state.highest[change.subject] = max(state.highest[change.subject] ?? 0, change.sequence) }
      }
      return outcome
    }
  }
}

extension Identifier {
  static func fresh() -> Identifier { .v7(at: Timestamp(milliseconds: 1_700_000_000_000)) }
  static func fresh(_ count: Int) -> [Identifier] { (0..<count).map { _ in fresh() } }
}

let quiet: Logger = {
  var logger = Logger(label: "events-tests")
  logger.logLevel = .critical
  return logger
}()
