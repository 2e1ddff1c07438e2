import Contracts
import Events

/// Wakes the sagas that do not know the outcome of their last call to payment, when an event announces one. They query the payment.
struct PaymentEventHandler: EventHandler {
  private static let outcomes: Set<EventType> = [
    .paymentAuthorized, .paymentDeclined, .paymentCaptured, .paymentVoided, .paymentRefunded,
  ]

  let store: any SagaStore
  let wakeSaga: @Sendable (Identifier) -> Void

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    let payments = changes.filter { !$0.types.isDisjoint(with: Self.outcomes) }.map(\.subject)
    guard !payments.isEmpty else { return changes.map { _ in .applied } }
    do {
      for order in try await store.orders(awaiting: payments) { wakeSaga(order) }
      return changes.map { _ in .applied }
    } catch {
      return changes.map { _ in .retry(reason: "\(error)") }
    }
  }
}
