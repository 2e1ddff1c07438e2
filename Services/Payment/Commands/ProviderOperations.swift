import Contracts
import Failpoints
import Logging

/// Executes operations whose intent is committed at the card network, and records their outcomes.
struct ProviderOperations: Sendable {
  enum Result: Hashable, Sendable {
    /// The payment; its operation is pending if the outcome is unknown.
    case payment(PaymentResult)
    /// The network rejected the operation, for this reason.
    case refused(String)
  }

  let store: any PaymentStore
  let provider: any PaymentProvider
  let logger: Logger

  /// Executes an operation that a request started.
  /// - Throws: `PaymentError.refused`.
  func complete(_ operation: PendingOperation, outcomeUnknown: @Sendable () -> Void) async throws -> PaymentResult {
    switch try await execute(operation) {
    case .payment(let result):
      if result.isPending { outcomeUnknown() }
      return result
    case .refused(let reason): throw PaymentError.refused(operation.operation, reason)
    }
  }

  /// Resolves an operation that may have been sent before: queries the network, and sends the operation again if it was not executed.
  func resolve(_ operation: PendingOperation) async throws -> Result {
    guard operation.canBeQueried else { return try await execute(operation) }
    do {
      guard let found = try await provider.authorization(of: operation.paymentId), let outcome = operation.outcome(from: found)
      else { return try await execute(operation) }
      return try await record(outcome, of: operation, authorization: found.id)
    } catch ProviderError.unknown(let detail) {
      return try await postpone(operation, detail)
    }
  }

  private func execute(_ operation: PendingOperation) async throws -> Result {
    Failpoint.beforeCharge.reach()
    let (outcome, authorization) = try await send(operation)
    Failpoint.afterCharge.reach()
    return try await record(outcome, of: operation, authorization: authorization)
  }

  /// - Returns: the outcome, `nil` if it is unknown, and the network's id of the authorization.
  private func send(_ operation: PendingOperation) async throws -> (Outcome?, String?) {
    guard let request = operation.request else { return (nil, nil) }
    do {
      let response = try await provider.send(request, key: operation.key)
      return (operation.outcome(from: response), response.authorization?.id)
    } catch ProviderError.refused(let reason) {
      return (.refused(reason), nil)
    } catch ProviderError.unknown(let detail) {
      log(operation, detail)
      return (nil, nil)
    }
  }

  private func record(_ outcome: Outcome?, of operation: PendingOperation, authorization: String?) async throws -> Result {
    guard let outcome else { return try await postpone(operation, "no outcome") }
    let transition = operation.transition(on: outcome)
    guard let result = try await store.record(transition, of: operation, authorization: authorization) else {
      // The outcome was recorded concurrently, or another operation replaced this one: the response is the payment's current state.
      return try await postpone(operation, "overtaken")
    }
    Failpoint.afterRecord.reach()
    switch transition {
    case .change(let change) where change.isAsRequested: return .payment(result)
    case .change(let change): return .refused(change.status.rawValue)
    case .refusal(let reason): return .refused(reason)
    }
  }

  private func postpone(_ operation: PendingOperation, _ detail: String) async throws -> Result {
    log(operation, detail)
    let delay = operation.maximumDelay
    return .payment(try await store.postpone(operation, milliseconds: Int.random(in: (delay / 2)...delay)))
  }

  private func log(_ operation: PendingOperation, _ detail: String) {
    logger.debug(
      "The outcome of an operation is unknown.",
      metadata: ["payment": "\(operation.paymentId)", "operation": "\(operation.key)", "detail": "\(detail)"])
  }
}

extension ProviderResponse {
  fileprivate var authorization: Authorization? {
    if case .authorization(let authorization) = self { authorization } else { nil }
  }
}
