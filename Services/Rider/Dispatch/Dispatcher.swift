import Concurrency
import Contracts
import Events
import Logging
import Metrics
import ServiceLifecycle

/// Offers deliveries to riders: immediately when it is woken, and at the latest after each `retry` interval.
///
/// Any number of instances may run concurrently. Row locks with `SKIP LOCKED` give each due delivery to one instance at a time, and
/// unique indexes allow at most one open offer per delivery and per rider.
final class Dispatcher: Service, Sendable {
  struct Configuration: Sendable {
    /// Time until an open offer expires; read in each round.
    var timeout: @Sendable () -> Duration = { .seconds(15) }
    /// Time until a delivery without a free rider is due again; read in each round.
    var retry: @Sendable () -> Duration = { .seconds(1) }
    /// The minimum time between two rounds. Wake-ups in between share a round.
    var pause: Duration = .milliseconds(10)
    /// The maximum number of deliveries of a round.
    var batchSize = 200
    /// The interval at which the pool is refreshed with the changes of other instances.
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

  /// Starts a round. To be called when a delivery became due or a rider became free.
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
        let revision = pool.beginRefresh()
        pool.finishRefresh(since: revision, try await riders.onlineRiders())
        metrics.waiting.record(try await store.waitingCount())
        if pool.freeCount > 0 { wake() }
      } catch {
        logger.debug("Reading the online riders failed; it is retried.", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: configuration.refreshInterval)
    }
  }

  private func dispatch() async {
    let clock = ContinuousClock()
    var nextExpiry = clock.now
    while !Task.isCancelled {
      do {
        if clock.now >= nextExpiry {
          nextExpiry = clock.now + configuration.retry()
          try await expireOffers()
        }
        while try await makeOffers() {}
        try? await clock.sleep(for: configuration.pause)
      } catch {
        if Task.isCancelled { return }
        logger.warning("Dispatching failed; it is retried.", metadata: ["error": "\(error)"])
        try? await clock.sleep(for: configuration.retry())
      }
      await signal.wait(atMost: max(.zero, nextExpiry - clock.now))
    }
  }

  private func expireOffers() async throws {
    let expired = try await store.expireOffers()
    expired.forEach(pool.release)
    metrics.expired.increment(by: expired.count)
  }

  /// Runs one round of offers.
  /// - Returns: whether more deliveries may be due now.
  private func makeOffers() async throws -> Bool {
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
      // Riders who were chosen but got no offer are not free. They stay reserved until the next refresh reads their state.
      return round.claimed == limit || round.offered.count < round.chosen
    } catch {
      matched.compactMap(\.rider).forEach(pool.release)
      throw error
    }
  }
}
