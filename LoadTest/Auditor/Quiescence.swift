import Postgres

/// Waits until the system is quiescent: no open saga, payment, delivery, offer or webhook, no unpublished outbox row, and no undelivered or
/// unacknowledged event.
struct Quiescence: Sendable {
  let context: AuditContext

  /// - Parameter observe: is called with the outstanding work of each check.
  /// - Returns: the outstanding work at the time limit; `nil` if the system is quiescent.
  func wait(upTo limit: Duration, observe: (String?) -> Void) async -> String? {
    let end = ContinuousClock.now + limit
    var quietChecks = 0
    while true {
      let outstandingWork: String?
      do {
        outstandingWork = try await self.outstandingWork()
      } catch {
        outstandingWork = "\(error)"
      }
      observe(outstandingWork)
      // Twice in a row: between two queries of the first check an event may move from an outbox to a stream.
      quietChecks = outstandingWork == nil ? quietChecks + 1 : 0
      if quietChecks == 2 { return nil }
      if ContinuousClock.now >= end { return outstandingWork ?? "quiescent at the last check only" }
      try? await Task.sleep(for: .milliseconds(250))
    }
  }

  private func outstandingWork() async throws -> String? {
    if let work = try await context.openWork().first { return work }
    for database in Database.publishers {
      let waiting = try await context.query(UnpublishedCount(), of: database).first ?? 0
      if waiting > 0 { return "\(waiting) events are unpublished in the outbox of \(database.name)" }
    }
    for subscription in Subscription.all {
      if let outstandingWork = try await subscription.outstandingWork(in: context) { return outstandingWork }
    }
    return nil
  }
}

extension AuditContext {
  /// Descriptions of the open work, by kind.
  func openWork() async throws -> [String] {
    let counts = [
      (try await query(OpenSagas(), of: .order), "sagas are open"),
      (try await query(PendingPayments(), of: .payment), "payments have a pending operation"),
      (try await query(OpenDeliveries(), of: .rider), "deliveries are open"),
      (try await query(OpenOffers(), of: .rider), "offers are open"),
      (try await query(UnsentWebhooks(), of: .provider), "webhooks of the card network are undelivered"),
    ]
    return counts.compactMap { count, what in count.first.flatMap { $0 > 0 ? "\($0) \(what)" : nil } }
  }
}

/// A query with one row, a count.
private protocol CountQuery: PostgresStatement where Row == Int {
}

extension CountQuery {
  static var isReadOnly: Bool { true }

  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next(Int.self) }
}

/// Sagas that are neither completed nor compensated.
private struct OpenSagas: CountQuery {
  static let sql = "SELECT count(*) FROM checkout_sagas WHERE status IN ('running', 'compensating')"
}

/// Payments with an operation whose outcome is unknown.
private struct PendingPayments: CountQuery {
  static let sql = "SELECT count(*) FROM payments WHERE pending IS NOT NULL"
}

/// Deliveries that occupy a rider.
private struct OpenDeliveries: CountQuery {
  static let sql = "SELECT count(*) FROM deliveries WHERE status NOT IN ('delivered', 'cancelled')"
}

private struct OpenOffers: CountQuery {
  static let sql = "SELECT count(*) FROM offers WHERE status = 'open'"
}

private struct UnsentWebhooks: CountQuery {
  static let sql = "SELECT count(*) FROM webhooks WHERE delivered_at IS NULL"
}

private struct UnpublishedCount: CountQuery {
  static let sql = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
}
