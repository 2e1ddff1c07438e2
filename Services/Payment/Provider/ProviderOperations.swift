import Contracts
import Failpoints
import Logging

/// Has an operation done at the card network, whose intent is kept already, and records what came of it.
struct ProviderOperations: Sendable {
  enum Result: Hashable, Sendable {
    case answered(PaymentAnswer)
    /// The network will not do it.
    case refused(String)
  }

  let store: any PaymentStore
  let provider: any PaymentProvider
  let logger: Logger

  /// Sends it.
  func charge(_ operation: PendingOperation) async throws -> Result {
    Failpoint.beforeCharge.reach()
    let (outcome, authorization) = try await send(operation)
    Failpoint.afterCharge.reach()
    return try await finish(operation, outcome, authorization)
  }

  /// Finds out what came of an operation that was perhaps sent before: asks the network, and sends it again if it wasn't done.
  func resolve(_ operation: PendingOperation) async throws -> Result {
    guard operation.canBeAskedFor else { return try await charge(operation) }
    do {
      guard let found = try await provider.authorization(of: operation.paymentId), let outcome = operation.outcome(seeing: found)
      else { return try await charge(operation) }
      return try await finish(operation, outcome, found.id)
    } catch ProviderError.unknown(let detail) {
      return try await giveUp(operation, detail)
    }
  }

  /// What came of it, nil if that is unknown; and the network's id of the authorization.
  private func send(_ operation: PendingOperation) async throws -> (Outcome?, String?) {
    guard let request = operation.request else { return (nil, nil) }
    do {
      let answer = try await provider.send(request, key: operation.key)
      return (operation.outcome(of: answer), answer.authorization?.id)
    } catch ProviderError.refused(let reason) {
      return (.refused(reason), nil)
    } catch ProviderError.unknown(let detail) {
      log(operation, detail)
      return (nil, nil)
    }
  }

  private func finish(_ operation: PendingOperation, _ outcome: Outcome?, _ authorization: String?) async throws -> Result {
    guard let outcome else { return try await giveUp(operation, "no outcome") }
    let consequence = operation.consequence(of: outcome)
    guard let answer = try await store.record(consequence, of: operation, authorization: authorization) else {
      // Somebody else was first, or another operation overtook this one: the payment as it is now is the answer.
      return try await giveUp(operation, "overtaken")
    }
    Failpoint.afterRecord.reach()
    switch consequence {
    case .change(let change) where change.isAsRequested: return .answered(answer)
    case .change(let change): return .refused(change.status.rawValue)
    case .refusal(let reason): return .refused(reason)
    }
  }

  /// Leaves it for later.
  private func giveUp(_ operation: PendingOperation, _ detail: String) async throws -> Result {
    log(operation, detail)
    let pause = operation.longestPause
    let answer = try await store.postpone(operation, milliseconds: Int.random(in: (pause / 2)...pause))
    return .answered(answer)
  }

  private func log(_ operation: PendingOperation, _ detail: String) {
    logger.debug(
      "The outcome of an operation is not known yet.",
      metadata: ["payment": "\(operation.paymentId)", "operation": "\(operation.key)", "detail": "\(detail)"])
  }
}

extension ProviderAnswer {
  fileprivate var authorization: Authorization? {
    if case .authorization(let authorization) = self { authorization } else { nil }
  }
}
