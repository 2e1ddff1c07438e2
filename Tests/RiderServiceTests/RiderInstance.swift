import Projections
import Contracts
import Idempotency
import Logging
import ServiceLifecycle
import Telemetry
import TestSupport

@testable import RiderService

/// One instance of the service without its HTTP server and its event consumer.
struct RiderInstance: Sendable {
  let fixture: RiderFixture
  let pool = RiderPool()
  let metrics = DispatchMetrics()
  let polls: OfferPolls
  let dispatcher: Dispatcher
  let positions: PositionWriter

  init(
    _ fixture: RiderFixture, timeout: Duration = .seconds(60), retry: Duration = .milliseconds(50),
    refreshInterval: Duration = .milliseconds(200)
  ) {
    self.fixture = fixture
    polls = OfferPolls(
      deliveries: fixture.deliveries, dispatch: fixture.dispatch, pollInterval: .milliseconds(50), logger: quietLogger)
    dispatcher = Dispatcher(
      configuration: .init(timeout: { timeout }, retry: { retry }, refreshInterval: refreshInterval), store: fixture.dispatch,
      riders: fixture.riders, pool: pool, polls: polls, metrics: metrics, logger: quietLogger)
    positions = PositionWriter(store: fixture.riders, pool: pool, interval: .milliseconds(50), logger: quietLogger)
  }

  var commands: DeliveryCommands {
    DeliveryCommands(store: fixture.deliveries, pool: pool, dispatcher: dispatcher, metrics: metrics)
  }

  var riderCommands: RiderCommands {
    RiderCommands(store: fixture.riders, pool: pool, dispatcher: dispatcher, metrics: metrics)
  }

  /// Runs the services while `body` runs, and stops them gracefully.
  func running(_ body: () async throws -> Void) async throws {
    let group = ServiceGroup(services: [positions, polls, dispatcher], logger: quietLogger)
    async let ended: Void = group.run()
    let result: Result<Void, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    await group.triggerGracefulShutdown()
    try await ended
    try result.get()
  }

  /// Waits for the rider's next offer.
  func offer(to rider: Identifier) async throws -> OfferView {
    try decode(OfferView.self, try await polls.offers(to: rider, waiting: .seconds(10)).first)
  }
}

/// An offer in the response to a rider.
struct OfferView: Decodable, Sendable {
  let deliveryId: Identifier
  let orderId: Identifier
  let pickup: Address
  let dropOff: Address
  let distanceMeters: Int
  let expiresAt: Timestamp
}

extension RiderFixture {
  /// Inserts many online riders, one metre apart.
  func onlineInBulk(_ count: Int) async throws -> [Identifier] {
    let ids = (0..<count).map { _ in Identifier.fresh() }
    for batch in ids.chunks(of: 500) {
      let rows = batch.map { "('\($0)', '라이더', 'car', 'online', 1)" }.joined(separator: ",")
      try await sql("INSERT INTO riders (id, name, vehicle, status, version) VALUES \(rows)")
    }
    try await riders.write(
      ids.enumerated().map { index, id in
        RiderPosition(rider: id, location: .cityHall.north(Double(index)), recordedAt: .now())
      })
    return ids
  }

  func requestInBulk(_ count: Int) async throws {
    _ = try await deliveries.request(
      (0..<count).map { NewDelivery(id: .fresh(), order: .sample(pickup: .cityHall.north(Double($0))), traceparent: nil) })
  }
}
