import Contracts

/// Captures, refunds, voids or reverses an authorization.
struct ChangeAuthorization: Sendable {
  /// How often an operation is tried that changed nothing, although the authorization allows it.
  private static let maximumAttempts = 3

  let store: any AuthorizationStore

  /// - Throws: ``OperationError``.
  func callAsFunction(
    _ operation: Operation, on target: OperationTarget, by request: OperationRequest
  ) async throws -> OperationResult {
    for _ in 0..<Self.maximumAttempts {
      if let result = try await store.apply(operation, to: target, by: request) { return result }
      guard let authorization = try await store.state(of: target) else { throw OperationError.unknownAuthorization }
      _ = try authorization.after(operation)
    }
    throw OperationError.contended
  }
}
