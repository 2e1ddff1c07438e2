import Contracts
import Failpoints
import Logging
import Metrics
import Postgres
import Redis

/// The rounds of one relay: lock, publish, record. Used by one task only.
struct OutboxPublisher {
  private let configuration: OutboxRelay.Configuration
  private let postgres: PostgresClient
  private let redis: RedisClient
  private let logger: Logger
  private let published: Counter
  private let batchSizes: Recorder
  /// The last batch of this relay that Redis is known to hold; unknown at the start and after a failure.
  private var mark: Int64?

  init(_ configuration: OutboxRelay.Configuration, _ postgres: PostgresClient, _ redis: RedisClient, _ logger: Logger) {
    self.configuration = configuration
    self.postgres = postgres
    self.redis = redis
    self.logger = logger
    published = Counter(label: "outbox_published_total")
    batchSizes = Recorder(label: "outbox_batch_events", aggregate: false)
  }

  /// Publishes up to one batch of the outbox.
  ///
  /// The advisory lock is held until Redis has replied, so that no other relay sends the same rows. The wait is bounded by the
  /// command's deadline, and a crash releases the lock at once, where a lease would block the rows until it expires.
  ///
  /// - Returns: how many events were published; 0 when none were waiting.
  mutating func publishBatch() async throws -> Int {
    do {
      return try await publishBatch(after: try await findMark())
    } catch is MarkMoved {
      return try await publishBatch(after: try await findMark())
    }
  }

  private mutating func publishBatch(after last: Int64) async throws -> Int {
    // Until this round has succeeded, the batch may be in Redis and not recorded, or Redis may have lost data.
    mark = nil
    let count = try await postgres.withTransaction { [configuration, redis] transaction in
      _ = try await transaction.execute(AcquireRelayLock())
      let rows = try await transaction.execute(SelectUnpublished(limit: configuration.batchSize))
      guard !rows.isEmpty else { return 0 }
      Failpoint.beforePublish.reach()
      let found = try await redis.run(
        .publish, keys: [StreamNames.events(of: configuration.service), StreamNames.relayMarks(of: configuration.service)],
        arguments: Self.arguments(for: rows, relay: configuration.instance, after: last, source: "/\(configuration.service)"))
      guard let mark = found.string, mark == String(last) else { throw MarkMoved() }
      Failpoint.afterPublish.reach()
      _ = try await transaction.execute(
        MarkPublished(relay: configuration.instance, batch: last + 1, positions: rows.map(\.position)))
      return rows.count
    }
    mark = count > 0 ? last + 1 : last
    if count > 0 {
      Failpoint.afterMark.reach()
      published.increment(by: count)
      batchSizes.record(count)
    }
    return count
  }

  /// The watermark in Redis, after requeueing everything that the database has recorded beyond it.
  private mutating func findMark() async throws -> Int64 {
    if let mark { return mark }
    let marks = try await Self.requeueLostEvents(of: configuration.service, postgres: postgres, redis: redis, logger: logger)
    let found = marks[configuration.instance, default: 0]
    mark = found
    return found
  }

  /// Requeues all events that a relay of the service has recorded as published beyond its watermark in Redis.
  ///
  /// - Returns: the watermarks in Redis, by relay.
  @discardableResult
  static func requeueLostEvents(
    of service: String, postgres: PostgresClient, redis: RedisClient, logger: Logger
  ) async throws -> [String: Int64] {
    // The database is read first: batches it has recorded were in Redis by then, so a lower watermark in Redis means a loss.
    let relays = try await postgres.execute(SelectRelays())
    let marks = try await redis.relayMarks(of: service)
    for (relay, batch) in relays where marks[relay, default: 0] < batch {
      let mark = marks[relay, default: 0]
      let rows = try await postgres.execute(RequeueEvents(relay: relay, batch: mark)).first ?? 0
      Counter(label: "outbox_rewound_total").increment(by: rows)
      logger.warning(
        "Redis has lost events; they are published again.",
        metadata: ["relay": "\(relay)", "marked": "\(batch)", "found": "\(mark)", "events": "\(rows)"])
    }
    return marks
  }

  private static func arguments(
    for rows: [SelectUnpublished.Row], relay: String, after last: Int64, source: String
  ) -> [RedisArgument] {
    var arguments: [RedisArgument] = [.string(relay), .string(String(last)), .string(String(last + 1))]
    arguments.reserveCapacity(3 + rows.count * 7)
    for row in rows {
      arguments.append(.string(row.id))
      arguments.append(.string(source))
      arguments.append(.string(row.type))
      arguments.append(.string(row.subject))
      arguments.append(.string(row.time.rfc3339))
      arguments.append(.string(String(row.sequence)))
      arguments.append(.string(row.traceparent ?? ""))
    }
    return arguments
  }
}

/// The watermark in Redis is not the one that this relay wrote last.
private struct MarkMoved: Error {}

extension RedisClient {
  /// The last batch of each relay of a service, as stored in Redis.
  func relayMarks(of service: String) async throws -> [String: Int64] {
    let reply = try await send(RedisCommand("HGETALL", .string(StreamNames.relayMarks(of: service))))
    let fields = reply.array?.compactMap(\.string) ?? []
    var marks: [String: Int64] = [:]
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      marks[fields[index]] = Int64(fields[index + 1])
    }
    return marks
  }
}
