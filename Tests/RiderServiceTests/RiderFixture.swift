import Contracts
import Idempotency
import Logging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import RiderService

/// The service's stores with a database of their own.
struct RiderFixture: Sendable {
  let postgres: PostgresClient
  let server: PostgresServer
  let database: String

  var riders: PostgresRiderStore { PostgresRiderStore(postgres: postgres, committed: {}) }
  var deliveries: PostgresDeliveryStore { PostgresDeliveryStore(postgres: postgres, committed: {}) }
  var dispatch: PostgresDispatchStore { PostgresDispatchStore(postgres: postgres) }

  /// - Parameter server: a server that no other test uses; `nil` is the shared one.
  static func run(on server: PostgresServer? = nil, _ body: (RiderFixture) async throws -> Void) async throws {
    let shared = try await PostgresServer.shared()
    let server = server ?? shared
    let database = try await server.createDatabase(for: "rider")
    var configuration = server.configuration(database: database)
    configuration.pipelines = 4
    // Many tests connect concurrently on a busy machine.
    configuration.availabilityTimeout = .seconds(5)
    configuration.lockTimeout = .seconds(10)
    configuration.statementTimeout = .seconds(20)
    let client = PostgresClient(configuration: configuration, logger: quietLogger)
    let running = Task { try await client.run() }
    let result: Result<Void, any Error>
    do {
      try await eventually(within: .seconds(20), "a connection") { client.isConnected }
      try await client.migrate(riderMigrations)
      result = .success(try await body(RiderFixture(postgres: client, server: server, database: database)))
    } catch {
      result = .failure(error)
    }
    running.cancel()
    try await running.value
    try result.get()
  }

  /// Executes a statement, and returns the output of `psql`.
  @discardableResult
  func sql(_ text: String) async throws -> String {
    try await server.psql(text, database: database)
  }

  /// Registers riders and sets them online, each at a location.
  @discardableResult
  func online(_ locations: Location...) async throws -> [Identifier] {
    try await online(locations)
  }

  func online(_ locations: [Location]) async throws -> [Identifier] {
    var ids: [Identifier] = []
    for location in locations {
      let id = Identifier.fresh()
      _ = try await riders.register(NewRider(id: id, name: "라이더 \(ids.count + 1)", vehicle: .motorcycle))
      _ = try await riders.setStatus(.online, of: RiderTarget(id: id))
      try await riders.write([RiderPosition(rider: id, location: location, recordedAt: .now())])
      ids.append(id)
    }
    return ids
  }

  /// Requests the deliveries of new orders, and returns their ids in the same order.
  @discardableResult
  func request(_ count: Int = 1, pickup: Location = .cityHall) async throws -> [Identifier] {
    var ids: [Identifier] = []
    for _ in 0..<count {
      let delivery = NewDelivery(id: .fresh(), order: .sample(pickup: pickup), traceparent: nil)
      _ = try await deliveries.request([delivery])
      ids.append(delivery.id)
    }
    return ids
  }

  /// Offers a delivery to a rider, without a dispatcher.
  func offer(_ delivery: Identifier, to rider: Identifier, for timeout: Duration = .seconds(60)) async throws {
    _ = try await postgres.execute(
      InsertOffers(
        matched: [MatchedDelivery(id: delivery, decision: .offer(to: rider, meters: 100))], timeout: timeout, retry: .seconds(1)))
  }

  /// A new delivery in a status, with a new rider.
  func delivery(in status: DeliveryStatus) async throws -> DeliveryTarget {
    let rider = try await online(.cityHall)[0]
    let target = DeliveryTarget(id: try await request()[0], rider: rider)
    try await offer(target.id, to: rider)
    if status == .requested { return target }
    if status == .cancelled {
      let order = try #require(Identifier(try await sql("SELECT order_id FROM deliveries WHERE id = '\(target.id)'")))
      _ = try await deliveries.cancel(Cancellation(order: order, reason: "늦음", isLost: false))
      return target
    }
    _ = try await deliveries.accept(target)
    if status == .assigned { return target }
    _ = try await deliveries.advance(.pickUp, target)
    if status == .pickedUp { return target }
    _ = try await deliveries.advance(.complete, target)
    return target
  }

  func document(_ id: Identifier) async throws -> Delivery {
    let json = try await deliveries.delivery(id, for: Reader(role: "service", id: .fresh())).json
    return try decode(Delivery.self, json)
  }
}
