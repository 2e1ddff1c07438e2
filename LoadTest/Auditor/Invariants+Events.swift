import Persistence
import Contracts
import Events
import Idempotency
import Postgres
import Redis

/// 6: committed events were published, recent events marked as published are in the stream, and every subscribed group consumed them.
///
/// Streams keep acknowledged entries for a minute. Older events are checked by their effects: see 8, 9 and 11.
func committedEventsArrived(_ context: AuditContext) async throws -> Finding {
  var finding = try await allEventsAreConsumed(context)
  for database in Database.publishers {
    finding = finding + (try await publishedEventsAreInTheStream(database, context))
  }
  return finding
}

/// Committed events were published, and every subscribed group consumed them.
private func allEventsAreConsumed(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  for database in Database.publishers {
    finding = finding + (try await context.findViolations(UnpublishedEvents(), in: database))
  }
  for subscription in Subscription.all {
    let outstandingWork = try await subscription.outstandingWork(in: context)
    finding.check(outstandingWork == nil, outstandingWork ?? "")
  }
  return finding
}

/// A row that was marked as published without having been appended would never be published.
private func publishedEventsAreInTheStream(_ database: Database, _ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  var published: Set<Identifier> = []
  var oldest: Timestamp?
  try await context.readStream(of: database) { entries in
    if oldest == nil { oldest = entries.first.flatMap { Timestamp(streamEntry: $0.id) } }
    published.formUnion(entries.compactMap { entry in entry.fields.first { $0.name == "id" }.flatMap { Identifier($0.value) } })
  }
  guard let oldest else { return finding }
  // Rows are marked right after the append; entries older than the oldest one may have been trimmed.
  let since = Timestamp(milliseconds: oldest.milliseconds + 5000)
  for row in try await context.query(PublishedEvents(since: since), of: database) {
    finding.check(
      published.contains(row.id),
      "\(row.type) of \(row.subject) (version \(row.sequence)) is marked as published, but not in the stream")
  }
  return finding
}

extension AuditContext {
  /// Reads the stream of a service from its oldest entry, in pages.
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
  /// The time in a stream entry's id: `<milliseconds>-<counter>`.
  fileprivate init?(streamEntry id: String) {
    guard let milliseconds = id.split(separator: "-").first.flatMap({ Int64($0) }) else { return nil }
    self.init(milliseconds: milliseconds)
  }
}

/// 7: every stream entry equals a row of its source's outbox, and has no other fields than an event's attributes.
func publishedEventsWereCommitted(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  for database in Database.publishers {
    let stream = StreamNames.events(of: database.service)
    try await context.readStream(of: database) { entries in
      let events = entries.map { entry in
        (
          entry: entry,
          event: try? Event(streamFields: Dictionary(entry.fields.map { ($0.name, $0.value) }) { first, _ in first })
        )
      }
      let committed = try await context.query(CommittedEvents(ids: events.compactMap { $0.event?.id }), of: database)
      let known = Dictionary(committed.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
      for (entry, event) in events {
        guard let event else {
          finding.check(false, "\(stream) \(entry.id) is not an event: \(entry.fields.map(\.name))")
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

/// The attributes of an event.
private let attributes: Set = ["id", "source", "type", "subject", "time", "sequence", "traceparent"]

/// 14: outboxes and groups have nothing pending, no work is open, and every dead letter has a reason.
func nothingIsPending(_ context: AuditContext) async throws -> Finding {
  var finding = try await allEventsAreConsumed(context)
  let open = try await context.openWork()
  finding.check(open.isEmpty, open.joined(separator: "; "))
  for group in Subscription.groups {
    for entry in try await DeadLetters(redis: context.events, group: group).list(limit: 10_000) {
      finding.check(!entry.reason.isEmpty, "dead letter \(entry.id) of \(group) has no reason")
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

/// A row of an outbox.
struct OutboxRow: PostgresRowDecodable {
  let id: Identifier
  let type: String
  let subject: Identifier
  let sequence: Int64

  fileprivate static let columns = "id, type, subject, sequence"

  init(decoding row: inout PostgresRow) throws {
    id = try row.next()
    type = try row.next()
    subject = try row.next()
    sequence = try row.next()
  }
}

/// Outbox rows by id.
struct CommittedEvents: PostgresStatement {
  typealias Row = OutboxRow
  static let isReadOnly = true
  static let sql = "SELECT \(OutboxRow.columns) FROM outbox WHERE id = ANY ($1::uuid[])"
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }
}

/// Outbox rows that were marked as published since a time.
struct PublishedEvents: PostgresStatement {
  typealias Row = OutboxRow
  static let isReadOnly = true
  static let sql = "SELECT \(OutboxRow.columns) FROM outbox WHERE published_at >= $1::timestamptz"
  let since: Timestamp

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(since.rfc3339)
  }
}
