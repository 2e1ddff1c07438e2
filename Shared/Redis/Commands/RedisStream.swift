/// One entry of a stream.
public struct RedisStreamEntry: Sendable, Hashable {
  /// `<milliseconds>-<number>`.
  public let id: String
  public let fields: RedisFields
  /// The entry has been trimmed, but a consumer's pending list still holds its id; there are no fields.
  public let isDeleted: Bool

  public init(id: String, fields: RedisFields, isDeleted: Bool = false) {
    self.id = id
    self.fields = fields
    self.isDeleted = isDeleted
  }

  /// The value of the first field of that name.
  public subscript(name: String) -> String? { fields[name] }
}

/// The fields of a stream entry, in their order; names may repeat.
public struct RedisFields: Sendable, Hashable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
  private let names: [String]
  private let values: [String]

  public init(_ fields: [(String, String)]) {
    names = fields.map(\.0)
    values = fields.map(\.1)
  }

  public init(dictionaryLiteral elements: (String, String)...) {
    self.init(elements)
  }

  public var startIndex: Int { names.startIndex }
  public var endIndex: Int { names.endIndex }

  public subscript(position: Int) -> (name: String, value: String) {
    (names[position], values[position])
  }

  /// The value of the first field of that name.
  public subscript(name: String) -> String? {
    names.firstIndex(of: name).map { values[$0] }
  }
}

/// The result of `XAUTOCLAIM`.
public struct RedisStreamClaim: Sendable, Hashable {
  /// The cursor for the next call; `0-0` after the whole pending list has been scanned.
  public let next: String
  public let entries: [RedisStreamEntry]
  /// Pending entries that no longer exist; the server has removed them from the pending list.
  public let deletedIDs: [String]
}

/// One group of a stream, from `XINFO GROUPS`.
public struct RedisStreamGroup: Sendable, Hashable {
  public let name: String
  public let consumers: Int
  public let pending: Int
  public let lastDeliveredID: String
  /// Entries not delivered yet; nil where the server doesn't know.
  public let lag: Int?
}

/// The entries delivered to a group and not acknowledged, from `XPENDING`.
public struct RedisStreamPending: Sendable, Hashable {
  public let count: Int
  /// The oldest and the newest pending id; nil if there is none.
  public let firstID: String?
  public let lastID: String?
  public let consumers: [String: Int]
}

/// One entry delivered to a consumer and not acknowledged, from the extended form of `XPENDING`.
public struct RedisPendingEntry: Sendable, Hashable {
  public let id: String
  public let consumer: String
  /// Since it was last delivered.
  public let idleMilliseconds: Int64
  /// How often it was delivered.
  public let deliveries: Int
}

extension RedisValue {
  /// `[id, [name, value, …]]`, or `[id, null]` for a deleted entry.
  public func streamEntry() throws -> RedisStreamEntry {
    let parts = try elements()
    guard parts.count == 2 else { throw unexpected("a stream entry") }
    let id = try parts[0].text()
    if parts[1].isNull { return RedisStreamEntry(id: id, fields: [:], isDeleted: true) }
    return RedisStreamEntry(id: id, fields: RedisFields(try parts[1].pairs().map { ($0.0, try $0.1.text()) }))
  }

  /// The reply to `XRANGE`.
  public func streamEntries() throws -> [RedisStreamEntry] {
    // Servers before 7.0 return null in place of a deleted entry.
    try elements().filter { !$0.isNull }.map { try $0.streamEntry() }
  }

  /// The reply to `XREAD` and `XREADGROUP`; null means no new entries.
  public func streams() throws -> [(stream: String, entries: [RedisStreamEntry])] {
    if try get().isNull { return [] }
    return try elements().map { value in
      let parts = try value.elements()
      guard parts.count == 2 else { throw unexpected("a stream with entries") }
      return (try parts[0].text(), try parts[1].streamEntries())
    }
  }

  /// The reply to `XAUTOCLAIM`; servers before 7.0 send no deleted ids.
  public func streamClaim() throws -> RedisStreamClaim {
    let parts = try elements()
    guard parts.count >= 2 else { throw unexpected("a claim") }
    return RedisStreamClaim(
      next: try parts[0].text(),
      entries: try parts[1].streamEntries(),
      deletedIDs: parts.count > 2 ? try parts[2].texts() : [])
  }

  /// The reply to `XINFO GROUPS`.
  public func streamGroups() throws -> [RedisStreamGroup] {
    try elements().map { value in
      let fields = Dictionary(try value.pairs()) { first, _ in first }
      guard let name = fields["name"], let consumers = fields["consumers"], let pending = fields["pending"],
        let lastDelivered = fields["last-delivered-id"]
      else { throw unexpected("a group") }
      return RedisStreamGroup(
        name: try name.text(), consumers: try consumers.count(), pending: try pending.count(),
        lastDeliveredID: try lastDelivered.text(), lag: fields["lag"]?.int.map { Int($0) })
    }
  }

  /// The reply to the extended form of `XPENDING`.
  public func pendingEntries() throws -> [RedisPendingEntry] {
    try elements().map { value in
      let parts = try value.elements()
      guard parts.count == 4 else { throw unexpected("a pending entry") }
      return RedisPendingEntry(
        id: try parts[0].text(), consumer: try parts[1].text(), idleMilliseconds: Int64(try parts[2].count()),
        deliveries: try parts[3].count())
    }
  }

  /// The reply to the summary form of `XPENDING`.
  public func streamPending() throws -> RedisStreamPending {
    let parts = try elements()
    guard parts.count == 4 else { throw unexpected("a pending summary") }
    var consumers: [String: Int] = [:]
    for consumer in parts[3].array ?? [] {
      let pair = try consumer.elements()
      guard pair.count == 2, let count = pair[1].int else { throw unexpected("a consumer") }
      consumers[try pair[0].text()] = Int(count)
    }
    return RedisStreamPending(
      count: try parts[0].count(), firstID: try parts[1].optionalText(), lastID: try parts[2].optionalText(),
      consumers: consumers)
  }
}
