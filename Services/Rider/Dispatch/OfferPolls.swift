import Concurrency
import Contracts
import Events
import Logging
import ServiceLifecycle
import Synchronization

/// Riders' requests that wait for an offer.
///
/// A waiting request is a suspended task and an entry here: no timer of its own in the database, no query. This instance's offers
/// wake it at once; for those of other instances one query a second asks for all who wait. It ends when its time is over, at
/// graceful shutdown, and when its task is cancelled. A client that went away unnoticed is waited for to the end, but not by more
/// than ``waitersPerRider`` of its requests.
final class OfferPolls: Service, Sendable {
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
  private let lookInterval: Duration
  private let logger: Logger
  private let waiters = Mutex<[Identifier: [Waiter]]>([:])

  init(
    deliveries: any DeliveryStore, dispatch: any DispatchStore, lookInterval: Duration = .seconds(1), logger: Logger
  ) {
    self.deliveries = deliveries
    self.dispatch = dispatch
    self.lookInterval = lookInterval
    self.logger = logger
  }

  /// How many requests wait.
  var waitingCount: Int { waiters.withLock { $0.values.reduce(0) { $0 + $1.count } } }

  /// The JSON of what is offered to a rider: now, or as soon as there is something, or nothing when `limit` is over.
  /// - Throws: `RiderError.unknownRider`.
  func offers(to rider: Identifier, waiting limit: Duration) async throws -> [[UInt8]] {
    guard limit > .zero else { return try await deliveries.openOffers(to: rider) }
    let end = ContinuousClock.now + limit
    let waiter = begin(rider)
    defer { remove(waiter, of: rider) }
    return try await withGracefulShutdownHandler {
      while true {
        // The waiter is there before the look: an offer that comes between isn't missed.
        let offers = try await deliveries.openOffers(to: rider)
        let rest = end - .now
        if !offers.isEmpty || rest <= .zero || waiter.isOver.load(ordering: .relaxed) { return offers }
        await waiter.signal.wait(atMost: rest)
        try Task.checkCancellation()
      }
    } onGracefulShutdown: {
      waiter.end()
    }
  }

  /// The rider has an offer.
  func wake(_ rider: Identifier) {
    for waiter in waiters.withLock({ $0[rider] ?? [] }) { waiter.signal.set() }
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: self.lookInterval)
        await self.look()
      }
    }
  }

  /// Wakes riders who have an offer that another instance made.
  private func look() async {
    guard waiters.withLock({ !$0.isEmpty }) else { return }
    do {
      for rider in try await dispatch.ridersWithOffers() { wake(rider) }
    } catch {
      logger.debug("Offers can't be looked for now.", metadata: ["error": "\(error)"])
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
