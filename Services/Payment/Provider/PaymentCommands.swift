import Contracts
import Idempotency

/// Where commands that move money are carried out: the intent is kept, the card network is asked, the outcome is recorded.
struct PaymentCommands: Sendable {
  let store: any PaymentStore
  let charging: ProviderOperations
  /// Called when an outcome is not known and has to be found out.
  let unresolved: @Sendable () -> Void

  func request(_ payment: NewPayment, by request: IdempotentRequest) async throws -> PaymentAnswer {
    try await carryOut(try await store.request(payment, by: request))
  }

  func carryOut(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> PaymentAnswer {
    try await carryOut(try await store.begin(command, by: request))
  }

  /// - Throws: `PaymentError.refused`.
  private func carryOut(_ begun: OperationStart) async throws -> PaymentAnswer {
    switch begun {
    case .answered(let answer): return answer
    case .begun(let operation):
      switch try await charging.charge(operation) {
      case .answered(let answer):
        if answer.isPending { unresolved() }
        return answer
      case .refused(let reason): throw PaymentError.refused(operation.operation, reason)
      }
    }
  }
}
