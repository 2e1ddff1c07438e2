public import Contracts
public import Logging
import Metrics
public import Postgres
public import ServiceLifecycle
import Telemetry

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
struct RepublishSubject: Sendable {
  let id: Identifier
  let version: Int64
  let type: EventType
}

/// Republishes aggregates by writing outbox rows for their current versions: for a new subscriber, or after data loss.
///
/// Requests run one after the other in the background, each at its own rate.
public final class Republisher: Service, Sendable {
  private let tables: [any AggregateTable.Type]
  private let postgres: PostgresClient
  private let relay: OutboxRelay
  private let logger: Logger
  private let requests: AsyncStream<RepublishRequest>
  private let submit: AsyncStream<RepublishRequest>.Continuation

  public init(_ tables: [any AggregateTable.Type], postgres: PostgresClient, relay: OutboxRelay, logger: Logger) {
    self.tables = tables
    self.postgres = postgres
    self.relay = relay
    self.logger = logger
    (requests, submit) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(16))
  }

  /// How many aggregates a request selects.
  public func count(_ request: RepublishRequest) async throws -> Int64 {
    var count: Int64 = 0
    for table in tables { count += try await self.count(request, of: table) }
    return count
  }

  private func count<Table: AggregateTable>(_ request: RepublishRequest, of table: Table.Type) async throws -> Int64 {
    try await postgres.execute(CountRepublishSubjects<Table>(request: request)).first ?? 0
  }

  /// Queues a request; false if 16 are waiting already.
  public func queue(_ request: RepublishRequest) -> Bool {
    if case .enqueued = submit.yield(request) { true } else { false }
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      for await request in self.requests {
        do {
          var count = 0
          for table in self.tables { count += try await self.write(request, of: table) }
          self.logger.notice("Republishing is complete.", metadata: ["events": "\(count)"])
        } catch {
          self.logger.error("Republishing stopped before its end; request it again.", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Writes the events in pages of 100 ms' worth, one page every 100 ms.
  private func write<Table: AggregateTable>(_ request: RepublishRequest, of table: Table.Type) async throws -> Int {
    let pageSize = max(1, min(1000, request.rate / 10))
    let pause = Duration.seconds(Double(pageSize) / Double(request.rate))
    let counter = Counter(label: "outbox_republished_total")
    var written = 0
    var cursor: Identifier?
    while true {
      let due = ContinuousClock.now + pause
      let subjects = try await postgres.execute(
        SelectRepublishSubjects<Table>(request: request, cursor: cursor, limit: pageSize))
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
