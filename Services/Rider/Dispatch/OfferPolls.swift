import Concurrency
import Contracts
import Events
import Logging
import ServiceLifecycle
import Synchronization

/// Pending long polls of riders for offers.
///
/// A pending request costs a suspended task and an entry in this table, but no query. Offers of this instance wake it immediately.
/// Offers of other instances are found by one query per `pollInterval` for all riders. A request ends at its time limit, at graceful
/// shutdown, or when its task is cancelled. If a client disconnects without notice, its request stays pending until the time limit;
/// ``waitersPerRider`` limits how many there are.
final class OfferPolls: Service, Sendable {
  /// The maximum number of pending requests of a rider; a further one ends the oldest.
  static let waitersPerRider = 4

  private final class Waiter: Sendable {
    let signal = Signal()
    let isOver = Atomic(false)

    func end() {
      isOver.store(true, ordering: .relaxed)
      signal.set()
    }
  }

  private let deliveries: any DeliveryStore
  private let dispatch: any DispatchStore
  private let pollInterval: Duration
  private let logger: Logger
  private let waiters = Mutex<[Identifier: [Waiter]]>([:])

  init(
    deliveries: any DeliveryStore, dispatch: any DispatchStore, pollInterval: Duration = .seconds(1), logger: Logger
  ) {
    self.deliveries = deliveries
    self.dispatch = dispatch
    self.pollInterval = pollInterval
    self.logger = logger
  }

  /// The number of pending requests.
  var waitingCount: Int { waiters.withLock { $0.values.reduce(0) { $0 + $1.count } } }

  /// The rider's open offers as JSON: immediately if there are any, otherwise as soon as one is made, or none after `limit`.
  /// - Throws: `RiderError.unknownRider`.
  func offers(to rider: Identifier, waiting limit: Duration) async throws -> [[UInt8]] {
    guard limit > .zero else { return try await deliveries.openOffers(to: rider) }
    let end = ContinuousClock.now + limit
    let waiter = begin(rider)
    defer { remove(waiter, of: rider) }
    return try await withGracefulShutdownHandler {
      while true {
        // The waiter is registered before the query, so that an offer in between wakes it.
        let offers = try await deliveries.openOffers(to: rider)
        let remaining = end - .now
        if !offers.isEmpty || remaining <= .zero || waiter.isOver.load(ordering: .relaxed) { return offers }
        await waiter.signal.wait(atMost: remaining)
        try Task.checkCancellation()
      }
    } onGracefulShutdown: {
      waiter.end()
    }
  }

  /// Wakes the pending requests of a rider who got an offer.
  func wake(_ rider: Identifier) {
    for waiter in waiters.withLock({ $0[rider] ?? [] }) { waiter.signal.set() }
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: self.pollInterval)
        await self.wakeRidersWithOffers()
      }
    }
  }

  /// Wakes riders who got an offer from another instance.
  private func wakeRidersWithOffers() async {
    guard waiters.withLock({ !$0.isEmpty }) else { return }
    do {
      for rider in try await dispatch.ridersWithOffers() { wake(rider) }
    } catch {
      logger.debug("Reading the riders with offers failed; it is retried.", metadata: ["error": "\(error)"])
    }
  }

  private func begin(_ rider: Identifier) -> Waiter {
    let waiter = Waiter()
    let superseded = waiters.withLock { waiters in
      waiters[rider, default: []].append(waiter)
      return waiters[rider]?.dropLast(Self.waitersPerRider) ?? []
    }
    for waiter in superseded { waiter.end() }
    return waiter
  }

  private func remove(_ waiter: Waiter, of rider: Identifier) {
    waiters.withLock { waiters in
      waiters[rider]?.removeAll { $0 === waiter }
      if waiters[rider]?.isEmpty == true { waiters[rider] = nil }
    }
  }
}
