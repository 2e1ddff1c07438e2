import Contracts
import Idempotency

/// Creates a payment and authorizes its amount at the card network. The intent is committed before the call.
struct CreatePayment: Sendable {
  let store: any PaymentStore
  let operations: ProviderOperations
  /// Called when an outcome is unknown and has to be resolved.
  let outcomeUnknown: @Sendable () -> Void

  /// - Throws: ``PaymentError``, `IdempotencyKeyReused`.
  func callAsFunction(_ payment: NewPayment, by request: IdempotentRequest) async throws -> PaymentResult {
    if let operation = try await store.insert(payment, by: request) {
      return try await operations.complete(operation, outcomeUnknown: outcomeUnknown)
    }
    switch try await store.conflict(of: request, with: payment.id) {
    case .earlierRequest(let result): return result
    case .state(let state):
      guard state.matches(payment) else { throw PaymentError.paymentExists }
      return try await store.respond(to: request, state, state.verdict(on: .authorize), .authorize)
    case .noPayment: throw PaymentError.orderHasPayment
    }
  }
}
