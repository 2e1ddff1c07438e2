import Contracts
import Idempotency

/// Captures, voids or refunds a payment at the card network. The intent is committed before the call.
struct ChangePayment: Sendable {
  /// How often a command is tried whose precondition failed when it was written, and held when the payment was read.
  private static let maximumAttempts = 3

  let store: any PaymentStore
  let operations: ProviderOperations
  /// Called when an outcome is unknown and has to be resolved.
  let outcomeUnknown: @Sendable () -> Void

  /// - Throws: ``PaymentError``, `IdempotencyKeyReused`.
  func callAsFunction(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> PaymentResult {
    for _ in 0..<Self.maximumAttempts {
      if let operation = try await store.begin(command, by: request) {
        return try await operations.complete(operation, outcomeUnknown: outcomeUnknown)
      }
      switch try await store.conflict(of: request, with: command.id) {
      case .earlierRequest(let result): return result
      case .state(let state):
        let verdict = try state.verdict(on: command)
        if verdict == .begin { continue }
        return try await store.respond(to: request, state, verdict, command.operation)
      case .noPayment:
        if let result = try await voidUnknownPayment(command, by: request) { return result }
      }
    }
    throw PaymentError.busy(nil)
  }

  /// Creates the payment as voided, so that a late authorization request has no effect; `nil` if the payment was created meanwhile.
  private func voidUnknownPayment(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> PaymentResult? {
    guard command.operation == .void, let order = command.orderId else { throw PaymentError.unknownPayment }
    if let document = try await store.insertVoided(command.id, orderId: order, by: request) {
      return PaymentResult(document: document, isPending: false)
    }
    let other = try await store.payment(ofOrder: order, customer: nil)
    guard other == nil || other?.id == command.id else { throw PaymentError.orderHasPayment }
    return nil
  }
}
