import Persistence
import Contracts
import Events
import Idempotency
import Postgres
import Redis

/// 6: what was committed was published, what is marked as published lately is in the stream, and each group that subscribes has heard it.
///
/// Streams keep what was acknowledged for a minute. What became of older events is seen by their effects: see 8, 9 and 11.
func committedEventsArrived(_ evidence: Evidence) async throws -> Finding {
  var finding = try await nothingIsUnheard(evidence)
  for database in Database.publishers {
    finding = finding + (try await markedEventsAreInTheStream(database, evidence))
  }
  return finding
}

/// What was committed was published, and each group that subscribes has heard it.
private func nothingIsUnheard(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  for database in Database.publishers {
    finding = finding + (try await evidence.find(UnpublishedEvents(), in: database))
  }
  for subscription in Subscription.all {
    let motion = try await subscription.motion(in: evidence)
    finding.check(motion == nil, motion ?? "")
  }
  return finding
}

/// A row that was marked without having been sent would never be sent.
private func markedEventsAreInTheStream(_ database: Database, _ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  var published: Set<Identifier> = []
  var oldest: Timestamp?
  try await evidence.readStream(of: database) { entries in
    if oldest == nil { oldest = entries.first.flatMap { Timestamp(streamEntry: $0.id) } }
    published.formUnion(entries.compactMap { entry in entry.fields.first { $0.name == "id" }.flatMap { Identifier($0.value) } })
  }
  guard let oldest else { return finding }
  // Marked at once after it was sent; what was sent before the oldest entry may have gone.
  let since = Timestamp(milliseconds: oldest.milliseconds + 5000)
  for row in try await evidence.ask(MarkedEvents(since: since), of: database) {
    finding.check(
      published.contains(row.id),
      "\(row.type) of \(row.subject) (version \(row.sequence)) is marked as published, and not in the stream")
  }
  return finding
}

extension Evidence {
  /// Reads the stream of a service from its oldest entry on, many at a time.
  fileprivate func readStream(of database: Database, _ body: ([RedisStreamEntry]) async throws -> Void) async throws {
    var after = "-"
    while true {
      let entries = try await events.xrange(StreamNames.events(of: database.service), from: after, count: 1000)
      guard let last = entries.last else { return }
      try await body(entries)
      after = "(\(last.id)"
    }
  }
}

extension Timestamp {
  /// When a stream got an entry, by its id: `<milliseconds>-<counter>`.
  fileprivate init?(streamEntry id: String) {
    guard let milliseconds = id.split(separator: "-").first.flatMap({ Int64($0) }) else { return nil }
    self.init(milliseconds: milliseconds)
  }
}

/// 7: what stands in a stream stands in the outbox of its source, field by field.
func publishedEventsWereCommitted(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  for database in Database.publishers {
    let stream = StreamNames.events(of: database.service)
    try await evidence.readStream(of: database) { entries in
      let events = entries.map { entry in
        (
          entry: entry,
          event: try? Event(streamFields: Dictionary(entry.fields.map { ($0.name, $0.value) }) { first, _ in first })
        )
      }
      let committed = try await evidence.ask(CommittedEvents(ids: events.compactMap { $0.event?.id }), of: database)
      let known = Dictionary(committed.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
      for (entry, event) in events {
        guard let event else {
          finding.check(false, "\(stream) \(entry.id) is no event: \(entry.fields.map(\.name))")
          continue
        }
        let row = known[event.id]
        finding.check(
          row != nil && row?.type == event.type.rawValue && row?.subject == event.subject && row?.sequence == event.sequence,
          "\(stream) \(entry.id) (\(event.type.rawValue) of \(event.subject)) is not in the outbox")
        let names = entry.fields.map(\.name).filter { !attributes.contains($0) }
        finding.check(names.isEmpty, "\(stream) \(entry.id) carries state: \(names.joined(separator: ", "))")
      }
    }
  }
  return finding
}

/// What an event may consist of.
private let attributes: Set = ["id", "source", "type", "subject", "time", "sequence", "traceparent"]

/// 14: nothing waits in an outbox or in a group, nobody has anything left to do, and each dead letter says why it is one.
func nothingIsPending(_ evidence: Evidence) async throws -> Finding {
  var finding = try await nothingIsUnheard(evidence)
  let open = try await evidence.openWork()
  finding.check(open.isEmpty, open.joined(separator: "; "))
  for group in Subscription.groups {
    for letter in try await DeadLetters(redis: evidence.events, group: group).list(limit: 10_000) {
      finding.check(!letter.reason.isEmpty, "dead letter \(letter.id) of \(group) says no reason")
    }
  }
  return finding
}

/// Committed events that were never published.
struct UnpublishedEvents: ViolationQuery {
  static let sql = """
    SELECT (SELECT count(*) FROM outbox), waiting.name
    FROM (SELECT 1) AS one
    LEFT JOIN (
      SELECT type || ' of ' || subject || ' (version ' || sequence || ') was not published' AS name
      FROM outbox WHERE published_at IS NULL
    ) AS waiting ON true
    """
}

/// An event as the outbox has it.
struct OutboxLine: Sendable {
  let id: Identifier
  let type: String
  let subject: Identifier
  let sequence: Int64

  fileprivate static let columns = "id, type, subject, sequence"

  fileprivate init(_ row: inout PostgresRow) throws {
    id = try row.identifier()
    type = try row.next(String.self)
    subject = try row.identifier()
    sequence = try row.next(Int64.self)
  }
}

/// Events of the outbox, by id.
struct CommittedEvents: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT \(OutboxLine.columns) FROM outbox WHERE id = ANY ($1::uuid[])"
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> OutboxLine { try OutboxLine(&row) }
}

/// Events of the outbox that were marked as published since.
struct MarkedEvents: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT \(OutboxLine.columns) FROM outbox WHERE published_at >= $1::timestamptz"
  let since: Timestamp

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(since.rfc3339)
  }

  static func decode(_ row: inout PostgresRow) throws -> OutboxLine { try OutboxLine(&row) }
}
