import Contracts
import ServiceLifecycle
import TestSupport
import Testing

@testable import RiderService

@Suite("Rider: commands and pool")
struct CommandTests {
  private let pool = RiderPool()
  private let rider = Identifier.fresh()

  init() {
    pool.set(rider, isOnline: true)
    _ = pool.move(rider, to: .cityHall)
  }

  private var target: DeliveryTarget { DeliveryTarget(id: .fresh(), rider: rider) }

  private func dispatcher(_ store: FakeDispatchStore = FakeDispatchStore()) -> Dispatcher {
    let polls = OfferPolls(deliveries: FakeDeliveryStore(), dispatch: store, logger: quietLogger)
    return Dispatcher(
      configuration: .init(retry: { .milliseconds(20) }), store: store, riders: FakeRiderStore(), pool: pool, polls: polls,
      metrics: DispatchMetrics(), logger: quietLogger)
  }

  private func deliveries(_ store: FakeDeliveryStore) -> DeliveryCommands {
    DeliveryCommands(store: store, pool: pool, dispatcher: dispatcher(), metrics: DispatchMetrics())
  }

  private func riders(_ store: FakeRiderStore) -> RiderCommands {
    RiderCommands(store: store, pool: pool, dispatcher: dispatcher(), metrics: DispatchMetrics())
  }

  @Test("Accepting a delivery reserves the rider; repeating it does not")
  func accepts() async throws {
    _ = try await deliveries(FakeDeliveryStore(matchMilliseconds: nil)).accept(target)
    #expect(pool.isFree(rider))
    _ = try await deliveries(FakeDeliveryStore(matchMilliseconds: 5)).accept(target)
    #expect(!pool.isFree(rider))
  }

  @Test("Declining, completing and cancelling make the rider free; a repeated decline does not")
  func releases() async throws {
    pool.reserve(rider)
    try await deliveries(FakeDeliveryStore(wasOpen: false)).decline(target)
    #expect(!pool.isFree(rider))
    try await deliveries(FakeDeliveryStore()).decline(target)
    #expect(pool.isFree(rider))
    pool.reserve(rider)
    _ = try await deliveries(FakeDeliveryStore()).complete(target)
    #expect(pool.isFree(rider))
    pool.reserve(rider)
    let cancellation = Cancellation(order: .fresh(), reason: "늦음", isLost: false)
    _ = try await deliveries(FakeDeliveryStore()).cancel(cancellation)
    #expect(!pool.isFree(rider))
    _ = try await deliveries(FakeDeliveryStore(freedRider: rider)).cancel(cancellation)
    #expect(pool.isFree(rider))
  }

  @Test("Going offline with an open offer makes the rider free for the next time online")
  func goesOffline() async throws {
    pool.reserve(rider)
    _ = try await riders(FakeRiderStore(hasDeclinedOffer: true)).changeStatus(.offline, of: RiderTarget(id: rider))
    #expect(!pool.isFree(rider))
    _ = try await riders(FakeRiderStore()).changeStatus(.online, of: RiderTarget(id: rider))
    #expect(pool.isFree(rider))
  }

  @Test("The first position of a rider who is not in the pool reads the status from the store, once")
  func moves() async throws {
    let other = Identifier.fresh()
    let store = FakeRiderStore(isKnownOnline: true)
    for _ in 0..<3 { try await riders(store).move(other, to: .cityHall) }
    #expect(pool.isFree(other))
    #expect(store.statusQueries == 1)
  }

  @Test("A failed dispatch transaction releases the chosen riders for the next attempt")
  func releasesAfterFailure() async throws {
    let store = FakeDispatchStore()
    let service = dispatcher(store)
    let group = ServiceGroup(services: [service], logger: quietLogger)
    async let ended: Void = group.run()
    service.wake()
    try await eventually("the second attempt") { store.chosenRiders.count == 2 }
    await group.triggerGracefulShutdown()
    try await ended
    #expect(store.chosenRiders == [[rider], [rider]])
    #expect(!pool.isFree(rider))
  }
}
