public import Redis

/// The entries that a group could not handle: kept with the reason until an operator redrives or deletes them.
public struct DeadLetters: Sendable {
  /// A dead letter, as stored in `events:dead:<group>`.
  public struct Entry: Hashable, Sendable, Codable {
    /// Its id in the dead-letter stream.
    public var id: String
    /// The original stream, and the entry's id there.
    public var stream: String
    public var entry: String
    public var reason: String
    /// The fields of the original entry.
    public var fields: [String: String]
  }

  private let redis: RedisClient
  private let group: String

  public init(redis: RedisClient, group: String) {
    self.redis = redis
    self.group = group
  }

  /// Moves an entry from the group's pending list to the dead letters: added and acknowledged in one transaction.
  func deadLetter(_ entry: PendingChanges.Entry, reason: String) async throws {
    let found = try await redis.xrange(entry.stream, from: entry.id, to: entry.id, count: 1).first
    let fields = [("deadStream", entry.stream), ("deadEntry", entry.id), ("deadReason", String(reason.prefix(500)))]
    let replies = try await redis.transaction([
      .xadd(StreamNames.deadLetters(of: group), fields + (found?.fields.map { ($0.name, $0.value) } ?? [])),
      .xack(entry.stream, group: group, ids: [entry.id]),
    ])
    for reply in replies { _ = try reply.get() }
  }

  /// The dead letters after `id`, oldest first.
  public func list(after id: String? = nil, limit: Int) async throws -> [Entry] {
    let entries = try await redis.xrange(
      StreamNames.deadLetters(of: group), from: id.map { "(\($0)" } ?? "-", to: "+", count: limit)
    return entries.map { entry in
      var fields = entry.fields.dictionary
      return Entry(
        id: entry.id, stream: fields.removeValue(forKey: "deadStream") ?? "",
        entry: fields.removeValue(forKey: "deadEntry") ?? "", reason: fields.removeValue(forKey: "deadReason") ?? "",
        fields: fields)
    }
  }

  /// Appends dead letters to the group's own retry stream, and removes them from the dead letters.
  ///
  /// - Returns: how many of the ids were found and redriven.
  public func redrive(_ ids: [String]) async throws -> Int {
    var redriven = 0
    for id in ids {
      guard let entry = try await redis.xrange(StreamNames.deadLetters(of: group), from: id, to: id, count: 1).first else {
        continue
      }
      let fields = entry.fields.filter { !$0.name.hasPrefix("dead") }.map { ($0.name, $0.value) }
      guard !fields.isEmpty else { continue }  // trimmed before it became a dead letter: there is nothing to handle
      let replies = try await redis.transaction([
        .xadd(StreamNames.retries(of: group), fields), .xdel(StreamNames.deadLetters(of: group), ids: [id]),
      ])
      for reply in replies { _ = try reply.get() }
      redriven += 1
    }
    return redriven
  }
}

extension RedisFields {
  /// The fields by name; of a repeated name the last value.
  var dictionary: [String: String] {
    Dictionary(map { ($0.name, $0.value) }) { _, last in last }
  }
}

extension DeadLetters {
  /// Whether a text is a stream entry id of Redis: `<milliseconds>-<counter>`.
  public static func isEntryID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && UInt64(part) != nil
      }
  }
}
