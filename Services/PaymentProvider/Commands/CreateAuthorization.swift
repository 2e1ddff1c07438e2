import Contracts

/// Approves or declines an authorization, as its card token says.
struct CreateAuthorization: Sendable {
  let store: any AuthorizationStore

  /// - Throws: ``OperationError``.
  func callAsFunction(_ authorization: NewAuthorization, by request: OperationRequest) async throws -> OperationResult {
    guard let result = try await store.insert(authorization, by: request) else { throw OperationError.referenceTaken }
    return result
  }
}
