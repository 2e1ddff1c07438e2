public import Redis

/// The entries that a group could not handle: kept with the reason until an operator sends them back or deletes them.
public struct DeadLetters: Sendable {
  /// An entry as it lies in `events:dead:<group>`.
  public struct Entry: Hashable, Sendable, Codable {
    /// Its id among the dead entries.
    public var id: String
    /// Where it came from, and its id there.
    public var stream: String
    public var entry: String
    public var reason: String
    /// The entry's own fields.
    public var fields: [String: String]
  }

  private let redis: RedisClient
  private let group: String

  public init(redis: RedisClient, group: String) {
    self.redis = redis
    self.group = group
  }

  /// Moves an entry out of the group's pending list: kept and acknowledged in one step.
  func deadLetter(_ entry: PendingChanges.Entry, reason: String) async throws {
    let found = try await redis.xrange(entry.stream, from: entry.id, to: entry.id, count: 1).first
    let fields = [("deadStream", entry.stream), ("deadEntry", entry.id), ("deadReason", String(reason.prefix(500)))]
    let replies = try await redis.transaction([
      .xadd(StreamNames.deadLetters(of: group), fields + (found?.fields.map { ($0.name, $0.value) } ?? [])),
      .xack(entry.stream, group: group, ids: [entry.id]),
    ])
    for reply in replies { _ = try reply.get() }
  }

  /// The entries behind `id`, oldest first.
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

  /// Gives entries to the group once more (to this group alone), and takes them from the dead entries.
  ///
  /// - Returns: how many of the ids were found and sent.
  public func redrive(_ ids: [String]) async throws -> Int {
    var sent = 0
    for id in ids {
      guard let entry = try await redis.xrange(StreamNames.deadLetters(of: group), from: id, to: id, count: 1).first else {
        continue
      }
      let fields = entry.fields.filter { !$0.name.hasPrefix("dead") }.map { ($0.name, $0.value) }
      guard !fields.isEmpty else { continue }  // trimmed before it was buried: nothing is left to handle
      let replies = try await redis.transaction([
        .xadd(StreamNames.retries(of: group), fields), .xdel(StreamNames.deadLetters(of: group), ids: [id]),
      ])
      for reply in replies { _ = try reply.get() }
      sent += 1
    }
    return sent
  }
}

extension RedisFields {
  /// The fields by name; of a repeated one the last.
  var dictionary: [String: String] {
    Dictionary(map { ($0.name, $0.value) }) { _, last in last }
  }
}

extension DeadLetters {
  /// `<milliseconds>-<counter>`, as Redis names the entries of streams.
  public static func isEntryID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && UInt64(part) != nil
      }
  }
}
