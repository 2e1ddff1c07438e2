import Concurrency
import Contracts
import Failpoints
public import Logging
import Metrics
public import Redis
public import ServiceLifecycle

/// One instance of a subscribing service: reads its share of the group's entries, has them handled, then acknowledges them.
///
/// Entries that are not acknowledged when the process ends are read again: by this instance after a restart under the same
/// name, or by another instance that claims idle entries. Handlers therefore see a change at least once.
public final class ConsumerGroup: Service, Sendable {
  public struct Configuration: Sendable {
    /// The services that are subscribed to: `["shop"]`.
    public var sources: [String]
    /// The subscribing service's name; each group receives every event.
    public var group: String
    /// This instance's name, the same after a restart.
    public var consumer: String
    /// How many entries one read takes.
    public var batchSize = 512
    /// How many changes are handled in one call, and so fetched as one batch.
    public var handlerBatchSize = 500
    /// How many batches are handled at the same time; never two with the same subject.
    public var concurrency = 4
    /// How many entries are held in memory; above it nothing more is read.
    public var capacity = 20_000
    /// How long a blocking read waits for new entries.
    public var block: Duration = .seconds(1)
    /// The idle time after which another instance's entries count as abandoned: at least three times the longest handling time.
    public var claimAfter: Duration = .seconds(10)
    /// How often an entry may be delivered without being acknowledged.
    public var deliveries: Int64 = 10

    public init(sources: [String], group: String, consumer: String) {
      self.sources = sources
      self.group = group
      self.consumer = consumer
    }
  }

  let configuration: Configuration
  let redis: RedisClient
  let logger: Logger
  let pending: ConsumerMailbox
  private let reader: RedisBlockingConnection
  private let handler: any EventHandler
  private let groupCreated: @Sendable () -> Void
  private let applied = Counter(label: "consumer_changes_total", dimensions: [("outcome", "applied")])
  private let retried = Counter(label: "consumer_changes_total", dimensions: [("outcome", "retry")])
  private let failed = Counter(label: "consumer_changes_total", dimensions: [("outcome", "failed")])

  /// - Parameters:
  ///   - reader: a connection for blocking reads, run by the caller's service group and not used by anything else.
  ///   - groupCreated: called when the group had to be created: events may have been missed, so a reconciliation is needed.
  public init(
    configuration: Configuration, redis: RedisClient, reader: RedisBlockingConnection, handler: any EventHandler,
    logger: Logger, groupCreated: @escaping @Sendable () -> Void
  ) {
    self.configuration = configuration
    self.redis = redis
    self.reader = reader
    self.handler = handler
    self.logger = logger
    self.groupCreated = groupCreated
    pending = ConsumerMailbox(capacity: configuration.capacity)
  }

  /// The streams of the group: one for each source, and the group's redriven entries.
  var streams: [String] {
    configuration.sources.map { StreamNames.events(of: $0) } + [StreamNames.retries(of: configuration.group)]
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.read() }
        group.addTask { await self.handleDue() }
        group.addTask { await StaleEntryClaimer(self).run() }
        group.addTask { await ConsumerLag(self).run() }
      }
    }
  }

  private func read() async {
    var backoff = Backoff(from: .milliseconds(50), to: .seconds(1))
    var isResuming = true
    while !Task.isCancelled {
      do {
        if isResuming {
          try await createGroups()
          try await resume()
          isResuming = false
        }
        try await pending.waitForRoom()
        let batches = try await reader.xreadGroup(
          group: configuration.group, consumer: configuration.consumer, streams: streams,
          count: configuration.batchSize, block: configuration.block)
        for (stream, entries) in batches {
          await take(entries, from: stream)
        }
        backoff.reset()
      } catch is CancellationError {
        return
      } catch {
        if Task.isCancelled { return }
        isResuming = true
        logger.warning("Reading events failed; retrying.", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: backoff.next())
      }
    }
  }

  /// Reads again the unacknowledged entries of this consumer: delivered to a previous process, or before a reconnect.
  private func resume() async throws {
    for stream in streams {
      var after = "0"
      while true {
        let batches = try await redis.xreadGroup(
          group: configuration.group, consumer: configuration.consumer, streams: [stream], from: after,
          count: configuration.batchSize)
        guard let entries = batches.first?.entries, let last = entries.last else { break }
        await take(entries, from: stream)
        after = last.id
      }
    }
  }

  /// Creates missing groups at the beginning of their streams, so that no retained entry is skipped.
  private func createGroups() async throws {
    var created = false
    for stream in streams {
      if try await redis.xgroupCreate(stream, group: configuration.group, id: "0", mkstream: true) { created = true }
    }
    if created {
      logger.notice("The consumer group was created.", metadata: ["group": "\(configuration.group)"])
      groupCreated()
    }
  }

  /// Puts entries into the mailbox. Entries that are no events become dead letters; entries that were trimmed are acknowledged.
  func take(_ entries: [RedisStreamEntry], from stream: String) async {
    for entry in entries {
      let held = PendingChanges.Entry(stream: stream, id: entry.id)
      do throws(MalformedEvent) {
        guard !entry.isDeleted else {
          await acknowledge([held])
          continue
        }
        pending.add(held, try Event(streamFields: entry.fields.dictionary))
      } catch {
        await deadLetter([held], reason: error.reason)
      }
    }
  }

  private func handleDue() async {
    await withTaskGroup(of: Void.self) { group in
      var running = 0
      while true {
        // Changes that arrive while all handlers are busy are coalesced.
        if running == configuration.concurrency {
          await group.next()
          running -= 1
        }
        guard let changes = await pending.nextDue(limit: configuration.handlerBatchSize) else { return }
        group.addTask { await self.handle(changes) }
        running += 1
      }
    }
  }

  private func handle(_ changes: [AggregateChange]) async {
    let outcomes = await TraceScope.following(changes.first?.traceparent) { await handler.handle(changes) }
    var acknowledged: [PendingChanges.Entry] = []
    for (change, outcome) in zip(changes, outcomes) {
      count(outcome, of: change)
      switch pending.complete(change, outcome) {
      case .acknowledge(let entries): acknowledged += entries
      case .deadLetter(let entries, let reason): await deadLetter(entries, reason: reason)
      case .wait: break
      }
    }
    await acknowledge(acknowledged)
  }

  private func count(_ outcome: ChangeOutcome, of change: AggregateChange) {
    switch outcome {
    case .applied:
      applied.increment()
    case .retry(let reason):
      retried.increment()
      logger.debug("A change is retried later.", metadata: ["subject": "\(change.subject)", "reason": "\(reason)"])
    case .failed(let reason):
      failed.increment()
      logger.warning("A change failed.", metadata: ["subject": "\(change.subject)", "reason": "\(reason)"])
    }
  }

  /// A lost acknowledgement only means that the entry is delivered again.
  func acknowledge(_ entries: [PendingChanges.Entry]) async {
    for (stream, entries) in Dictionary(grouping: entries, by: \.stream) {
      do {
        Failpoint.beforeAcknowledge.reach()
        try await redis.xack(stream, group: configuration.group, ids: entries.map(\.id))
        Failpoint.afterAcknowledge.reach()
      } catch {
        logger.debug("Acknowledging failed; the entries will be delivered again.", metadata: ["error": "\(error)"])
      }
    }
  }

  func deadLetter(_ entries: [PendingChanges.Entry], reason: String) async {
    Counter(label: "consumer_dead_letters_total").increment(by: entries.count)
    let deadLetters = DeadLetters(redis: redis, group: configuration.group)
    for entry in entries {
      logger.error(
        "An event becomes a dead letter.",
        metadata: ["stream": "\(entry.stream)", "entry": "\(entry.id)", "reason": "\(reason)"])
      do {
        try await deadLetters.deadLetter(entry, reason: reason)
      } catch {
        logger.warning(
          "Writing a dead letter failed; the entry will be delivered again.", metadata: ["error": "\(error)"])
      }
    }
  }
}
