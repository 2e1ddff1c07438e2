import Contracts
import Events
import Idempotency
import Postgres
import Redis

/// 6: what was committed was published, and each group that subscribes has heard it.
func committedEventsArrived(_ evidence: Evidence) async throws -> Finding {
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

/// 7: what stands in a stream stands in the outbox of its source, field by field.
func publishedEventsWereCommitted(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  for database in Database.publishers {
    let stream = StreamNames.events(of: database.rawValue)
    var after = "-"
    while true {
      let entries = try await evidence.events.xrange(stream, from: after, count: 1000)
      guard let last = entries.last else { break }
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
      after = "(\(last.id)"
    }
  }
  return finding
}

/// What an event may consist of.
private let attributes: Set = ["id", "source", "type", "subject", "time", "sequence", "traceparent"]

/// 14: nothing waits in an outbox, in a group or in a saga, and each dead letter says why it is one.
func nothingIsPending(_ evidence: Evidence) async throws -> Finding {
  var finding = try await committedEventsArrived(evidence)
  let sagas = try await evidence.ask(OpenSagas(), of: .order).first ?? 0
  finding.check(sagas == 0, "\(sagas) sagas are under way")
  let payments = try await evidence.ask(PendingPayments(), of: .payment).first ?? 0
  finding.check(payments == 0, "\(payments) payments wait for the card network")
  for group in Subscription.groups {
    for letter in try await DeadLetters(redis: evidence.events, group: group).list(limit: 10_000) {
      finding.check(!letter.reason.isEmpty, "dead letter \(letter.id) of \(group) says no reason")
    }
  }
  return finding
}

/// Committed events that were never published.
struct UnpublishedEvents: OffenderQuery {
  static let sql = """
    SELECT (SELECT count(*) FROM outbox), waiting.name
    FROM (SELECT 1) AS one
    LEFT JOIN (
      SELECT type || ' of ' || subject || ' (version ' || sequence || ') was not published' AS name
      FROM outbox WHERE published_at IS NULL
    ) AS waiting ON true
    """
}

/// Events of the outbox, by id.
struct CommittedEvents: PostgresStatement {
  struct Row: Sendable {
    let id: Identifier
    let type: String
    let subject: Identifier
    let sequence: Int64
  }

  static let isReadOnly = true
  static let sql = "SELECT id, type, subject, sequence FROM outbox WHERE id = ANY ($1::uuid[])"
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    Row(
      id: try row.identifier(), type: try row.next(String.self), subject: try row.identifier(), sequence: try row.next(Int64.self)
    )
  }
}
