import Persistence
import Contracts
import Idempotency
import Postgres

/// 4: every acknowledged write is in the databases: orders, commands on orders and deliveries, reviews.
func acknowledgedWritesExist(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  let orders = try await context.ordersByID()
  let deliveries = try await context.deliveriesByID()
  let reviews = try await context.reviewsByID()
  let events = Set(try await context.query(SelectCommandEvents(), of: .order))
  let journal = context.journal
  for line in journal["order"] {
    guard let id = line.id else { continue }
    let order = orders[id]
    let isTheSame = order.map { $0.total == line.total ?? $0.total && $0.version >= line.version ?? 1 } ?? false
    finding.check(
      isTheSame, "order \(id) was acknowledged with total \(text(line.total)), the database has \(text(order?.total))")
  }
  for line in journal["command"] {
    guard let id = line.id, let version = line.version else { continue }
    let isOrder = line.aggregate == "order"
    let stored = isOrder ? orders[id]?.version : deliveries[id]?.version
    finding.check(
      stored ?? 0 >= version,
      "\(line.action ?? "a command") created version \(version) of \(line.aggregate ?? "?") \(id), the database has \(text(stored))"
    )
    guard let action = line.action, let status = statuses["\(line.aggregate ?? "?") \(action)"] else { continue }
    let isRecorded =
      isOrder ? events.contains(CommandEvent(order: id, status: status)) : deliveries[id]?.statuses.contains(status)
    finding.check(isRecorded ?? false, "\(action) of \(line.aggregate ?? "?") \(id) was acknowledged, but it never was \(status)")
  }
  for line in journal["delivered"] {
    guard let id = line.id else { continue }
    finding.check(deliveries[id]?.status == .delivered, "delivery \(id) was completed, but isn't in the database")
  }
  for line in journal["review"] + journal["reply"] {
    guard let id = line.id else { continue }
    let review = reviews[id]
    finding.check(
      review.map { $0.version >= line.version ?? 1 && $0.rating == line.rating ?? $0.rating } ?? false,
      "the \(line.kind) of \(id) is not in the database as it was acknowledged")
  }
  return finding
}

/// The status after an acknowledged command.
private let statuses = [
  "order accept": "accepted", "order reject": "rejected", "order cancel": "cancelled", "delivery accept": "assigned",
  "delivery pickup": "pickedUp", "delivery complete": "delivered",
]

/// The event of an owner's or customer's command.
struct CommandEvent: Hashable, Sendable {
  let order: Identifier
  /// The order's status after it.
  let status: String
}

struct SelectCommandEvents: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT order_id, substr(type, length('order.') + 1) FROM order_events
    WHERE type IN ('order.accepted', 'order.rejected', 'order.cancelled')
    """

  static func decode(_ row: inout PostgresRow) throws -> CommandEvent {
    try CommandEvent(order: row.next(), status: row.next())
  }
}

/// 5: requests repeated with one idempotency key have the same response.
func repeatedRequestsAgree(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  for line in context.journal["repeat"] {
    finding.check(line.same == true, "\(line.path ?? "a request") with key \(line.key ?? "?") had two different responses")
  }
  return finding
}

/// 10: no client was shown an older version after a newer one, or another status after a final one.
func versionsNeverDecreased(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  for line in context.journal["fall"] {
    finding.check(false, "\(line.aggregate ?? "?") \(text(line.id)) decreased from \(line.from ?? "?") to \(line.to ?? "?")")
  }
  let orders = try await context.ordersByID()
  for line in context.journal["end"] {
    guard let id = line.id, let shown = line.status, let order = orders[id] else { continue }
    finding.check(
      order.status.rawValue == shown, "order \(id) was shown as \(shown), which is final, but is \(order.status.rawValue) now")
  }
  return finding
}

private func text(_ value: (some CustomStringConvertible)?) -> String {
  value.map { "\($0)" } ?? "none"
}
