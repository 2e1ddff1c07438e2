public import Contracts
public import Logging
import Metrics
public import Postgres
public import ServiceLifecycle
import Telemetry

/// A service's aggregates, as far as republishing needs them.
public protocol RepublishSource: Sendable {
  /// The aggregates that a request selects, after `cursor` in the order of their ids.
  func subjects(of request: RepublishRequest, after cursor: Identifier?, limit: Int) async throws -> [RepublishSubject]
  /// How many aggregates a request selects.
  func count(of request: RepublishRequest) async throws -> Int64
}

/// Which aggregates to republish; all given criteria must hold.
public struct RepublishRequest: Sendable {
  public var ids: [Identifier]?
  /// Aggregates that have a retained event of one of these types.
  public var types: [EventType]?
  /// Aggregates changed at or after this time.
  public var since: Timestamp?
  /// Aggregates changed before this time.
  public var until: Timestamp?
  /// Maximum events per second.
  public var rate: Int

  public init(ids: [Identifier]?, types: [EventType]?, since: Timestamp?, until: Timestamp?, rate: Int) {
    self.ids = ids
    self.types = types
    self.since = since
    self.until = until
    self.rate = rate
  }
}

/// An aggregate with its current version and the type of event that stands for its current state.
public struct RepublishSubject: Sendable {
  public var id: Identifier
  public var version: Int64
  public var type: EventType

  public init(id: Identifier, version: Int64, type: EventType) {
    self.id = id
    self.version = version
    self.type = type
  }
}

/// Republishes aggregates by writing outbox rows for their current versions: for a new subscriber, or after data loss.
///
/// Requests run one after the other in the background, each at its own rate.
public final class Republisher: Service, Sendable {
  private let source: any RepublishSource
  private let postgres: PostgresClient
  private let relay: OutboxRelay
  private let logger: Logger
  private let requests: AsyncStream<RepublishRequest>
  private let submit: AsyncStream<RepublishRequest>.Continuation

  public init(source: any RepublishSource, postgres: PostgresClient, relay: OutboxRelay, logger: Logger) {
    self.source = source
    self.postgres = postgres
    self.relay = relay
    self.logger = logger
    (requests, submit) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(16))
  }

  /// How many aggregates a request selects.
  public func count(_ request: RepublishRequest) async throws -> Int64 {
    try await source.count(of: request)
  }

  /// Queues a request; false if 16 are waiting already.
  public func queue(_ request: RepublishRequest) -> Bool {
    if case .enqueued = submit.yield(request) { true } else { false }
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      for await request in self.requests {
        do {
          let count = try await self.write(request)
          self.logger.notice("Republishing is complete.", metadata: ["events": "\(count)"])
        } catch {
          self.logger.error("Republishing stopped before its end; request it again.", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Writes the events in pages of 100 ms' worth, one page every 100 ms.
  private func write(_ request: RepublishRequest) async throws -> Int {
    let pageSize = max(1, min(1000, request.rate / 10))
    let pause = Duration.seconds(Double(pageSize) / Double(request.rate))
    let counter = Counter(label: "outbox_republished_total")
    var written = 0
    var cursor: Identifier?
    while true {
      let due = ContinuousClock.now + pause
      let subjects = try await source.subjects(of: request, after: cursor, limit: pageSize)
      guard let last = subjects.last else { return written }
      let now = Timestamp.now()
      _ = try await postgres.execute(
        AppendEvents(
          events: subjects.map { (id: .v7(at: now), type: $0.type, subject: $0.id, sequence: $0.version) }))
      relay.wake()
      counter.increment(by: subjects.count)
      written += subjects.count
      cursor = last.id
      try await Task.sleep(until: due)
    }
  }
}
