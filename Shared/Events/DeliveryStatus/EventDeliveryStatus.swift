public import Contracts
public import Redis

/// Which consumer groups have received and acknowledged an event, read from the service's own stream.
///
/// A stream keeps entries until every group has acknowledged them, and for a minute at least
/// (``OutboxRelay/Configuration/streamRetention``): an entry that is no longer in it was acknowledged by all groups.
public struct EventDeliveryStatus: Sendable {
  /// How many entries one command reads.
  private static let batch = 1000
  /// Event ids use the service's clock and entry ids use Redis's: they may differ by this many milliseconds.
  private static let clockTolerance: Int64 = 60_000

  private let redis: RedisClient
  private let stream: String

  /// - Parameter service: the service whose events are looked up, as in the name of its stream.
  public init(redis: RedisClient, service: String) {
    self.redis = redis
    stream = StreamNames.events(of: service)
  }

  /// The entries of one event, oldest first; an event that was published again has several.
  public func entries(of event: Identifier) async throws -> [StreamEntryStatus] {
    let groups = try await groups()
    let text = event.description
    var position = StreamID(milliseconds: max(0, (event.createdAt?.milliseconds ?? 0) - Self.clockTolerance), counter: 0)
      .description
    var found: [RedisStreamEntry] = []
    while true {
      let entries = try await redis.xrange(stream, from: position, to: "+", count: Self.batch)
      found += entries.filter { $0["id"] == text }
      guard entries.count == Self.batch, let last = entries.last else { break }
      position = "(\(last.id)"
    }
    return try await statuses(of: found, groups)
  }

  /// Entries about an aggregate, newest first.
  /// - Parameters:
  ///   - position: only entries before this one.
  ///   - scanLimit: how many entries of the stream are scanned at most.
  /// - Returns: also the position to continue from, if the stream has older entries that weren't scanned.
  public func entries(
    about subject: Identifier, before position: String?, limit: Int, scanLimit: Int = 20_000
  ) async throws -> (entries: [StreamEntryStatus], next: String?) {
    let groups = try await groups()
    let text = subject.description
    var found: [RedisStreamEntry] = []
    var (position, scanned) = (position, 0)
    while true {
      let entries = try await redis.xrevrange(stream, from: position.map { "(\($0)" } ?? "+", count: Self.batch)
      for entry in entries {
        position = entry.id
        scanned += 1
        if entry["subject"] == text { found.append(entry) }
        if found.count == limit || scanned == scanLimit { return (try await statuses(of: found, groups), position) }
      }
      if entries.count < Self.batch { return (try await statuses(of: found, groups), nil) }
    }
  }

  /// Empty for a stream that doesn't exist.
  private func groups() async throws -> [RedisStreamGroup] {
    do {
      return try await redis.xinfoGroups(stream).sorted { $0.name < $1.name }
    } catch let error as RedisError where error.code == .reply("ERR") {
      return []
    }
  }

  /// - Parameter groups: read before the entries: what was delivered by then and isn't pending now is acknowledged.
  private func statuses(of entries: [RedisStreamEntry], _ groups: [RedisStreamGroup]) async throws -> [StreamEntryStatus] {
    guard !entries.isEmpty, !groups.isEmpty else { return entries.map { StreamEntryStatus($0, groups: []) } }
    let queries = entries.flatMap { entry in groups.map { (entry, $0) } }
    let replies = try await redis.send(
      queries.map { .xpending(stream, group: $1.name, from: $0.id, to: $0.id, count: 1) })
    var results = zip(queries, replies).makeIterator()
    return try entries.map { entry in
      let statuses = try groups.indices.compactMap { _ in
        try results.next().map { try ConsumerGroupStatus($0.1, of: $0.0, pending: $1.pendingEntries().first) }
      }
      return StreamEntryStatus(entry, groups: statuses)
    }
  }
}
