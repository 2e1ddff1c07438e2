import Contracts
import Idempotency

/// Why the intent of a request was not stored.
enum IntentConflict {
  /// An earlier request has the same key: its response, or the payment while the outcome is unknown.
  case earlierRequest(PaymentResult)
  /// The key is new, and the payment is in this state.
  case state(PaymentState)
  /// The key is new, and there is no payment with the id.
  case noPayment
}

extension PaymentStore {
  /// Determines why the intent of a request was not stored.
  /// - Throws: `IdempotencyKeyReused`; `PaymentError.inFlight` while the first request with the key is being processed.
  func conflict(of request: IdempotentRequest, with id: Identifier) async throws -> IntentConflict {
    for _ in 0..<3 {
      let first = try await storedResponse(to: request)
      if let first {
        guard first.fingerprint == request.fingerprint else { throw IdempotencyKeyReused() }
        if !first.body.isEmpty {
          let document = Document(id: first.subject, version: first.version, json: first.body, isReplay: true)
          return .earlierRequest(PaymentResult(document: document, isPending: false))
        }
      }
      guard let state = try await state(of: id) else { return .noPayment }
      if first == nil { return .state(state) }
      if state.isInFlight { throw PaymentError.inFlight }
      if state.pending != nil { return .earlierRequest(state.result) }
      // The outcome was recorded between the two reads, so the key has a response now.
    }
    throw PaymentError.inFlight
  }

  /// The response to a request for which the card network need not be called.
  func respond(
    to request: IdempotentRequest, _ state: PaymentState, _ verdict: PaymentRules.Verdict, _ operation: PaymentOperation
  ) async throws -> PaymentResult {
    switch verdict {
    case .unchanged:
      try await storeResponse(state.document, to: request)
      return state.result
    case .inProgress: return state.result
    case .busy, .begin: throw PaymentError.busy(state.pending)
    case .illegal: throw PaymentError.illegal(operation, state.status)
    }
  }
}
