import Postgres

/// Waits until nothing moves any more: no saga, payment, delivery, offer or webhook under way, no outbox row unpublished, no event undelivered
/// or unacknowledged.
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
    if let work = try await evidence.openWork().first { return work }
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

extension Evidence {
  /// What somebody still has to do something about, by kind.
  func openWork() async throws -> [String] {
    let counts = [
      (try await ask(OpenSagas(), of: .order), "sagas are under way"),
      (try await ask(PendingPayments(), of: .payment), "payments wait for the card network"),
      (try await ask(OpenDeliveries(), of: .rider), "deliveries are under way"),
      (try await ask(OpenOffers(), of: .rider), "offers wait for their riders"),
      (try await ask(UnsentWebhooks(), of: .provider), "webhooks of the card network are not delivered"),
    ]
    return counts.compactMap { count, what in count.first.flatMap { $0 > 0 ? "\($0) \(what)" : nil } }
  }
}

/// SQL whose one row says how many there are.
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

/// Payments with an operation whose outcome isn't known.
private struct PendingPayments: CountQuery {
  static let sql = "SELECT count(*) FROM payments WHERE pending IS NOT NULL"
}

/// Deliveries that may keep a rider from the next.
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
