import Contracts

/// Makes the pending operation of a payment due when the card network reports a change. The webhook's payload is not trusted: the outcome is
/// queried.
struct ReceiveWebhook: Sendable {
  let store: any PaymentStore
  /// Called when an outcome can be resolved now.
  let outcomeUnknown: @Sendable () -> Void

  func callAsFunction(_ id: String, reference: Identifier?) async throws {
    if try await store.receive(webhook: id, reference: reference) { outcomeUnknown() }
  }
}
