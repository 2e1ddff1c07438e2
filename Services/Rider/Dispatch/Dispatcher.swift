import Concurrency
import Contracts
import Events
import Logging
import Metrics
import ServiceLifecycle

/// Offers deliveries to riders: at once when it is woken, and once in each `retry` in any case.
///
/// Any number of instances may run: PostgreSQL gives each delivery to one of them at a time, and one rider one thing at a time.
final class Dispatcher: Service, Sendable {
  struct Configuration: Sendable {
    /// How long an offer stands; asked at each round.
    var timeout: @Sendable () -> Duration = { .seconds(15) }
    /// When to look again for what nobody was found for; asked at each round.
    var retry: @Sendable () -> Duration = { .seconds(1) }
    /// The least time between two rounds: what comes meanwhile shares one.
    var pause: Duration = .milliseconds(10)
    /// How many deliveries one round takes.
    var batchSize = 200
    /// How often the riders are read again, for what other instances changed.
    var refreshInterval: Duration = .seconds(2)
  }

  private let configuration: Configuration
  private let store: any DispatchStore
  private let riders: any RiderStore
  private let pool: RiderPool
  private let polls: OfferPolls
  private let metrics: DispatchMetrics
  private let logger: Logger
  private let signal = Signal()

  init(
    configuration: Configuration, store: any DispatchStore, riders: any RiderStore, pool: RiderPool, polls: OfferPolls,
    metrics: DispatchMetrics, logger: Logger
  ) {
    self.configuration = configuration
    self.store = store
    self.riders = riders
    self.pool = pool
    self.polls = polls
    self.metrics = metrics
    self.logger = logger
  }

  /// There is a new delivery to offer, or a rider to offer one to.
  func wake() {
    signal.set()
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.refresh() }
        group.addTask { await self.dispatch() }
      }
    }
  }

  private func refresh() async {
    while !Task.isCancelled {
      do {
        let mark = pool.beginRefresh()
        pool.finishRefresh(mark, try await riders.onlineRiders())
        metrics.waiting.record(try await store.waitingCount())
        if pool.freeCount > 0 { wake() }
      } catch {
        logger.debug("The riders can't be read now; trying again.", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: configuration.refreshInterval)
    }
  }

  private func dispatch() async {
    let clock = ContinuousClock()
    var nextSweep = clock.now
    while !Task.isCancelled {
      do {
        if clock.now >= nextSweep {
          nextSweep = clock.now + configuration.retry()
          try await expire()
        }
        while try await offer() {}
        try? await clock.sleep(for: configuration.pause)
      } catch {
        if Task.isCancelled { return }
        logger.warning("Nothing can be offered now; trying again.", metadata: ["error": "\(error)"])
        try? await clock.sleep(for: configuration.retry())
      }
      await signal.wait(atMost: max(.zero, nextSweep - clock.now))
    }
  }

  private func expire() async throws {
    let expired = try await store.expireOffers()
    expired.forEach(pool.release)
    metrics.expired.increment(by: expired.count)
  }

  /// One round of offers.
  /// - Returns: whether there may be more to offer now.
  private func offer() async throws -> Bool {
    let limit = min(pool.freeCount, configuration.batchSize)
    guard limit > 0, try await store.hasDue() else { return false }
    var matched: [MatchedDelivery] = []
    do {
      let round = try await store.offer(limit: limit, lasting: configuration.timeout(), retryAfter: configuration.retry()) {
        due in
        matched = pool.match(due)
        return matched
      }
      round.offered.forEach(polls.wake)
      metrics.made.increment(by: round.offered.count)
      // Whoever was chosen and not offered anything isn't free: he stays taken until the next refresh says how he stands.
      return round.claimed == limit || round.offered.count < round.chosen
    } catch {
      matched.compactMap(\.rider).forEach(pool.release)
      throw error
    }
  }
}
