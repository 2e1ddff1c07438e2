import Contracts
import Events
import Idempotency
import Logging
import NIOPosix
import Postgres
import Redis
import ServiceLifecycle
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import OrderService

/// The examples of Docs/copying.md, on real servers.
@Suite("The examples of Docs/copying.md")
struct ExampleTests {
  @Test("PostgreSQL: a thousand concurrent statements and a transaction")
  func postgres() async throws {
    let postgres = try await Self.database("example_postgres")
    try await Self.during([postgres]) {
      let stock = try await restock(postgres)
      #expect(stock == 998)
    }
  }

  @Test("Redis: scripts, pipelines and error replies")
  func redis() async throws {
    let server = try await RedisServer(.cache)
    let redis = Self.client(server)
    try await Self.during([redis]) {
      let recorded = try await recordRequests(redis)
      #expect(recorded.count == 4)
      #expect(recorded.ranking == ["anna", "ben"])
      #expect(recorded.reply?.contains("WRONGTYPE") == true)
    }
  }

  @Test("Outbox and relay: a committed change reaches the consumer")
  func outbox() async throws {
    let postgres = try await Self.database("example_outbox")
    let server = try await RedisServer(.events)
    let redis = Self.client(server)
    let reader = RedisBlockingConnection(
      configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Self.logger)
    let tracker = ParcelTracker()
    let id = Identifier.v7(at: .now())
    try await Self.during([postgres, redis]) {
      try await postgres.migrate(parcelMigrations)
      let relay = parcelRelay(postgres, redis, Self.logger)
      try await Self.during([relay, parcelConsumer(tracker, redis, reader: reader, Self.logger)]) {
        #expect(try await postgres.execute(SendParcel(id: id, address: "서울 강남구 역삼동 1")) == [1])
        relay.wake()
        try await eventually("the event") { tracker.latest.withLock { $0 } == [id: 1] }
      }
    }
  }

  @Test("Idempotency: a retried request has one effect, and another request with its key is rejected")
  func idempotency() async throws {
    let postgres = try await Self.database("example_idempotency")
    try await Self.during([postgres]) {
      try await postgres.migrate(giftMigrations)
      let first = try await sendGift(5000, key: "k1", postgres)
      let second = try await sendGift(5000, key: "k1", postgres)
      #expect(first.json == second.json && !first.isReplay && second.isReplay)
      await #expect(throws: IdempotencyKeyReused.self) { try await sendGift(6000, key: "k1", postgres) }
    }
  }

  @Test("Saga: without a rider the delivery is cancelled and the payment refunded")
  func saga() {
    let moves = checkoutWithoutRider().compactMap { decision -> SagaStep? in
      if case .move(let step, _, _) = decision { step } else { nil }
    }
    #expect(moves == [.awaitShop, .capture, .awaitRider, .releaseRider, .refund, .done])
  }

  // MARK: Servers

  private static let logger: Logger = {
    var logger = Logger(label: "examples")
    logger.logLevel = .critical
    return logger
  }()

  private static func database(_ name: String) async throws -> PostgresClient {
    let server = try await PostgresServer.shared()
    try await server.createDatabase(named: name)
    return PostgresClient(configuration: server.configuration(database: name), logger: logger)
  }

  private static func client(_ server: RedisServer) -> RedisClient {
    RedisClient(
      configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
  }

  /// Runs services while `body` runs.
  private static func during(_ services: [any Service], _ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for service in services { group.addTask { try await service.run() } }
      defer { group.cancelAll() }
      try await body()
    }
  }
}
