import Contracts
import Events
import Postgres

/// Hears what became of payments: of interest only to sagas that called payment and got no clear answer. They are woken, and ask.
struct PaymentEventHandler: EventHandler {
  private static let outcomes: Set<EventType> = [
    .paymentAuthorized, .paymentDeclined, .paymentCaptured, .paymentVoided, .paymentRefunded,
  ]

  let store: SagaStore
  /// Has a saga worked on.
  let wake: @Sendable (Identifier) -> Void

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    let payments = changes.filter { !$0.types.isDisjoint(with: Self.outcomes) }.map(\.subject)
    guard !payments.isEmpty else { return changes.map { _ in .applied } }
    do {
      for order in try await store.orders(awaiting: payments) { wake(order) }
      return changes.map { _ in .applied }
    } catch {
      // A saga that is not woken asks by itself, a little later.
      return changes.map { _ in .retry(reason: "\(error)") }
    }
  }
}
