import Concurrency
import Contracts
public import Logging
import Metrics
public import Postgres
public import Redis
public import ServiceLifecycle

/// Publishes a service's outbox to its stream: at once when woken after a commit, and by polling for rows that a crash left
/// behind.
///
/// Several instances may relay the same outbox. Delivery is at least once: an entry is published before that is recorded, so a
/// crash between the two publishes it again, with the same id. Order is not guaranteed; consumers compare `sequence`.
public final class OutboxRelay: Service, Sendable {
  /// How the relay works; the defaults suit a service under load.
  public struct Configuration: Sendable {
    /// The service, as in the stream's name and the events' `source`.
    public var service: String
    /// This instance's name, the same after a restart.
    public var instance: String
    /// How many events one round publishes at most.
    public var batchSize = 500
    /// How often the outbox is polled.
    public var sweepInterval: Duration = .seconds(1)
    /// Above this many events a second a pause follows each round, so that under load there are fewer, larger rounds: fewer
    /// transactions here, and larger batches for consumers.
    public var busyRate: Double
    public var busyPause: Duration
    /// How long published rows are kept, to be published again if Redis loses them.
    public var retention: Duration = .seconds(24 * 60 * 60)
    /// How long entries stay in the stream at least, for the delivery status of recent events.
    public var streamRetention: Duration = .seconds(60)

    public init(
      service: String, instance: String, busyRate: Double = 150, busyPause: Duration = .milliseconds(15)
    ) {
      self.service = service
      self.instance = instance
      self.busyRate = busyRate
      self.busyPause = busyPause
    }
  }

  private let configuration: Configuration
  private let postgres: PostgresClient
  private let redis: RedisClient
  private let logger: Logger
  private let wakeUps: AsyncStream<Void>
  private let wakeUp: AsyncStream<Void>.Continuation

  public init(configuration: Configuration, postgres: PostgresClient, redis: RedisClient, logger: Logger) {
    self.configuration = configuration
    self.postgres = postgres
    self.redis = redis
    self.logger = logger
    (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Signals that something was committed to the outbox. Never blocks; any number of calls before the next round count as one.
  public func wake() {
    wakeUp.yield()
  }

  /// Publishes until cancelled or gracefully shut down; unpublished rows then stay in the outbox.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.sweep() }
        group.addTask { await self.relay() }
        group.addTask { await OutboxMaintenance(self.configuration, self.postgres, self.redis, self.logger).run() }
      }
    }
  }

  private func sweep() async {
    while !Task.isCancelled {
      wake()
      try? await Task.sleep(for: configuration.sweepInterval)
    }
  }

  private func relay() async {
    var publisher = OutboxPublisher(configuration, postgres, redis, logger)
    var backoff = Backoff(from: .milliseconds(50), to: .seconds(1))
    var rate = EventRate(at: .now)
    for await _ in wakeUps {
      do {
        var published: Int
        repeat {
          published = try await publisher.publishBatch()
          rate.count(published, at: .now)
          if published > 0, rate.perSecond > configuration.busyRate { try await Task.sleep(for: configuration.busyPause) }
        } while published == configuration.batchSize
        backoff.reset()
      } catch is CancellationError {
        return
      } catch {
        logger.warning("Publishing the outbox failed; retrying.", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: backoff.next())
        wake()
      }
    }
  }
}
