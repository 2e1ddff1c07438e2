import Contracts
import Idempotency
import Telemetry

/// Creates a __words__; a retry of the same request gets the first response.
struct Create__Aggregate__: Sendable {
  let store: any __Aggregate__Store

  /// - Parameter name: valid by ``__Aggregate__Rules``.
  func callAsFunction(name: String, request: IdempotentRequest?) async throws -> Document {
    try await store.insert(.v7(at: .now()), name: name, request: request)
  }
}
