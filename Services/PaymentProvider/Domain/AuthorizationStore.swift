import Contracts

/// The storage of authorizations. An operation is executed at most once per idempotency key; its effect, its webhook and its response are stored
/// atomically.
protocol AuthorizationStore: Sendable {
  /// - Returns: `nil` if the reference has an authorization.
  /// - Throws: `OperationError.keyReused`.
  func insert(_ authorization: NewAuthorization, by request: OperationRequest) async throws -> OperationResult?
  /// - Returns: `nil` if the authorization does not exist or does not allow the operation.
  /// - Throws: `OperationError.keyReused`.
  func apply(_ operation: Operation, to target: OperationTarget, by request: OperationRequest) async throws -> OperationResult?
  func state(of target: OperationTarget) async throws -> Authorization?

  /// The JSON document; `nil` if the authorization does not exist.
  func authorization(_ id: Identifier) async throws -> [UInt8]?
  func authorization(reference: String) async throws -> [UInt8]?
}

/// A requested authorization.
struct NewAuthorization: Hashable, Sendable {
  /// Chosen by the caller; each reference has at most one authorization.
  let reference: String
  /// In won.
  let amount: Int64
  let token: CardToken
}

/// Identifies the authorization of an operation.
enum OperationTarget: Hashable, Sendable {
  case id(Identifier)
  case reference(String)
}

/// What makes a request idempotent.
struct OperationRequest: Hashable, Sendable {
  let key: String
  /// Distinguishes a retry from another request with the same key.
  let fingerprint: String
}

/// The authorization right after the operation.
struct OperationResult: Hashable, Sendable {
  let id: Identifier
  let json: [UInt8]
  /// This is the stored response to an earlier request with the same key.
  var isReplay = false
}
