import Contracts
import Postgres

/// One message to the receiver, claimed for an attempt.
struct Webhook: Hashable, Sendable {
  let id: Identifier
  /// Which attempt this is, from 1.
  let attempt: Int
  /// JSON in UTF-8.
  let body: [UInt8]
}

/// The webhooks that wait in the database. Several senders may share it.
struct WebhookOutbox: Sendable {
  let postgres: PostgresClient

  /// - Parameter lease: after it the webhooks can be claimed again, by whomever, if nothing was settled.
  func claim(limit: Int, lease: Duration) async throws -> [Webhook] {
    try await postgres.execute(ClaimWebhooks(limit: limit, leaseMilliseconds: lease.milliseconds))
  }

  func settle(delivered: [Identifier], postponed: [(id: Identifier, pause: Duration)]) async throws {
    if !delivered.isEmpty { _ = try await postgres.execute(MarkDelivered(ids: delivered)) }
    if !postponed.isEmpty {
      let pauses = postponed.map { (id: $0.id, milliseconds: $0.pause.milliseconds) }
      _ = try await postgres.execute(PostponeWebhooks(pauses: pauses))
    }
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
