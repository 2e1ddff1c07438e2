import Concurrency
import Contracts
import Logging
import Metrics
import Postgres
import Redis

/// The relay's maintenance: detects events that Redis lost, measures the backlog, deletes old rows, trims the stream.
struct OutboxMaintenance {
  private let configuration: OutboxRelay.Configuration
  private let postgres: PostgresClient
  private let redis: RedisClient
  private let logger: Logger
  private let backlog: Gauge
  private let backlogAge: Gauge
  private let streamLength: Gauge

  init(_ configuration: OutboxRelay.Configuration, _ postgres: PostgresClient, _ redis: RedisClient, _ logger: Logger) {
    self.configuration = configuration
    self.postgres = postgres
    self.redis = redis
    self.logger = logger
    backlog = Gauge(label: "outbox_backlog_events")
    backlogAge = Gauge(label: "outbox_backlog_age_seconds")
    streamLength = Gauge(label: "events_stream_entries", dimensions: [("stream", StreamNames.events(of: configuration.service))])
  }

  func run() async {
    var round = 0
    while !Task.isCancelled {
      await attempt("look for lost events") { try await requeueLostEvents() }
      await attempt("count the backlog") { try await countBacklog() }
      if round % 5 == 0 {
        await attempt("trim the stream") { try await trimStream() }
      }
      if round % 60 == 0 {
        await attempt("delete old outbox rows") { try await purge() }
      }
      round += 1
      try? await Task.sleep(for: configuration.sweepInterval)
    }
  }

  private func attempt(_ what: String, _ body: () async throws -> Void) async {
    do {
      try await body()
    } catch {
      logger.debug("Outbox maintenance failed; it is retried.", metadata: ["what": "\(what)", "error": "\(error)"])
    }
  }

  /// A service that has nothing to publish detects a loss only here.
  private func requeueLostEvents() async throws {
    try await OutboxPublisher.requeueLostEvents(
      of: configuration.service, postgres: postgres, redis: redis, logger: logger)
  }

  private func countBacklog() async throws {
    guard let (rows, oldest) = try await postgres.execute(CountBacklog()).first else { return }
    backlog.record(rows)
    backlogAge.record(Double(oldest) / 1000)
  }

  private func purge() async throws {
    let limit = 1000
    var purged: Int64
    repeat {
      purged =
        try await postgres.execute(
          PurgePublished(retentionSeconds: configuration.retention.components.seconds, limit: limit)
        ).first ?? 0
    } while purged == limit
  }

  /// Trims entries that every group has acknowledged and that are older than the stream's retention; nothing without a group.
  private func trimStream() async throws {
    let stream = StreamNames.events(of: configuration.service)
    streamLength.record(try await redis.xlen(stream))
    guard let acknowledged = try await redis.lowestAcknowledged(stream) else { return }
    let oldest = try await redis.milliseconds() - configuration.streamRetention.wholeMilliseconds
    guard oldest > 0 else { return }
    try await redis.xtrim(stream, minID: min(acknowledged, StreamID(milliseconds: oldest, counter: 0)).description)
  }
}

extension RedisClient {
  /// The id below which every group of a stream has acknowledged everything; `nil` without a stream or a group.
  func lowestAcknowledged(_ stream: String) async throws -> StreamID? {
    let groups: [RedisStreamGroup]
    do {
      groups = try await xinfoGroups(stream)
    } catch let error as RedisError where error.code == .reply("ERR") {
      return nil  // no such key
    }
    var lowest: StreamID?
    for group in groups {
      guard let delivered = StreamID(group.lastDeliveredID) else { return nil }
      let pending = try await xpendingSummary(stream, group: group.name)
      let bound = pending.firstID.flatMap { StreamID($0) } ?? delivered
      lowest = lowest.map { min($0, bound) } ?? bound
    }
    return lowest
  }

  /// The server's clock, which the ids of its stream entries are based on.
  fileprivate func milliseconds() async throws -> Int64 {
    let reply = try await send(RedisCommand("TIME"))
    guard let seconds = reply.array?.first?.string.flatMap({ Int64($0) }) else { return 0 }
    return seconds * 1000
  }
}
