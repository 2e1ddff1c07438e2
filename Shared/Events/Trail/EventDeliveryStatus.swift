public import Contracts
public import Redis

/// Who published an event and who has heard it, read from the service's own stream.
///
/// A stream keeps what a group has still to acknowledge, and everything for a minute at least (``OutboxRelay/Configuration/streamRetention``):
/// what is in it no more was acknowledged by all.
public struct EventDeliveryStatus: Sendable {
  /// How many entries one command reads.
  private static let batch = 1000
  /// Clocks of the service, which makes the ids of events, and of Redis, which makes those of entries, may differ by this.
  private static let leeway: Int64 = 60_000

  private let redis: RedisClient
  private let stream: String

  /// - Parameter service: whose events are followed, as in the name of its stream.
  public init(redis: RedisClient, service: String) {
    self.redis = redis
    stream = StreamNames.events(of: service)
  }

  /// The entries of one event, oldest first; an event that was published again has several.
  public func trails(of event: Identifier) async throws -> [Trail] {
    let groups = try await groups()
    let text = event.description
    var position = StreamID(milliseconds: max(0, (event.madeAt?.milliseconds ?? 0) - Self.leeway), counter: 0).description
    var found: [RedisStreamEntry] = []
    while true {
      let entries = try await redis.xrange(stream, from: position, to: "+", count: Self.batch)
      found += entries.filter { $0["id"] == text }
      guard entries.count == Self.batch, let last = entries.last else { break }
      position = "(\(last.id)"
    }
    return try await trails(of: found, groups)
  }

  /// Entries about an aggregate, the youngest first.
  /// - Parameters:
  ///   - position: entries before this one only.
  ///   - most: how many entries of the stream are looked at.
  /// - Returns: also where to go on, if the stream has older entries that weren't looked at.
  public func trails(
    about subject: Identifier, before position: String?, limit: Int, lookingAt most: Int = 20_000
  ) async throws -> (trails: [Trail], next: String?) {
    let groups = try await groups()
    let text = subject.description
    var found: [RedisStreamEntry] = []
    var (position, looked) = (position, 0)
    while true {
      let entries = try await redis.xrevrange(stream, from: position.map { "(\($0)" } ?? "+", count: Self.batch)
      for entry in entries {
        position = entry.id
        looked += 1
        if entry["subject"] == text { found.append(entry) }
        if found.count == limit || looked == most { return (try await trails(of: found, groups), position) }
      }
      if entries.count < Self.batch { return (try await trails(of: found, groups), nil) }
    }
  }

  /// A stream that isn't there has none.
  private func groups() async throws -> [RedisStreamGroup] {
    do {
      return try await redis.xinfoGroups(stream).sorted { $0.name < $1.name }
    } catch let error as RedisError where error.code == .reply("ERR") {
      return []
    }
  }

  /// - Parameter groups: as they were before: what was delivered by then and isn't pending now is acknowledged.
  private func trails(of entries: [RedisStreamEntry], _ groups: [RedisStreamGroup]) async throws -> [Trail] {
    guard !entries.isEmpty, !groups.isEmpty else { return entries.map { Trail($0, readBy: []) } }
    let questions = entries.flatMap { entry in groups.map { (entry, $0) } }
    let replies = try await redis.send(
      questions.map { .xpending(stream, group: $1.name, from: $0.id, to: $0.id, count: 1) })
    var states = zip(questions, replies).makeIterator()
    return try entries.map { entry in
      let readers = try groups.indices.compactMap { _ in
        try states.next().map { try Reader($0.1, of: $0.0, pending: $1.pendingEntries().first) }
      }
      return Trail(entry, readBy: readers)
    }
  }
}
