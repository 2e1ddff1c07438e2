import Postgres

/// Waits until nothing moves any more: no saga under way, no outbox row unpublished, no event undelivered or unacknowledged.
struct Rest: Sendable {
  let evidence: Evidence

  /// - Returns: what still moves when the time is over; `nil` at rest.
  func wait(upTo limit: Duration) async -> String? {
    let end = ContinuousClock.now + limit
    var quietLooks = 0
    while true {
      let motion: String?
      do {
        motion = try await self.motion()
      } catch {
        motion = "\(error)"
      }
      // Twice in a row: what left the outbox may not have reached a stream's group at the first look.
      quietLooks = motion == nil ? quietLooks + 1 : 0
      if quietLooks == 2 { return nil }
      if ContinuousClock.now >= end { return motion ?? "it only just came to rest" }
      try? await Task.sleep(for: .milliseconds(250))
    }
  }

  private func motion() async throws -> String? {
    let sagas = try await evidence.ask(OpenSagas(), of: .order).first ?? 0
    if sagas > 0 { return "\(sagas) sagas are under way" }
    let payments = try await evidence.ask(PendingPayments(), of: .payment).first ?? 0
    if payments > 0 { return "\(payments) payments wait for the card network" }
    for database in Database.publishers {
      let waiting = try await evidence.ask(UnpublishedCount(), of: database).first ?? 0
      if waiting > 0 { return "\(waiting) events wait in the outbox of \(database)" }
    }
    for subscription in Subscription.all {
      if let motion = try await subscription.motion(in: evidence) { return motion }
    }
    return nil
  }
}

/// Sagas that are neither completed nor compensated.
struct OpenSagas: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT count(*) FROM checkout_sagas WHERE status IN ('running', 'compensating')"

  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next(Int.self) }
}

/// Payments with an operation whose outcome isn't known.
struct PendingPayments: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT count(*) FROM payments WHERE pending IS NOT NULL"

  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next(Int.self) }
}

struct UnpublishedCount: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT count(*) FROM outbox WHERE published_at IS NULL"

  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next(Int.self) }
}
