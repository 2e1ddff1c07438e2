import Contracts

/// Where authorizations are kept. Each operation happens once for its key, leaves a webhook, or does nothing at all.
protocol AuthorizationStore: Sendable {
  func authorize(_ authorization: NewAuthorization, request: OperationRequest) async throws -> OperationAnswer
  /// - Throws: `OperationError`
  func carryOut(_ operation: Operation, on target: OperationTarget, request: OperationRequest) async throws -> OperationAnswer
  /// The JSON document; `nil` if there is no such authorization.
  func authorization(_ id: Identifier) async throws -> [UInt8]?
  func authorization(reference: String) async throws -> [UInt8]?
}

/// An authorization that is asked for.
struct NewAuthorization: Hashable, Sendable {
  /// The caller's own name for it; there is one authorization for each.
  let reference: String
  let amount: Int64
  let token: CardToken
}

/// Which authorization an operation is about.
enum OperationTarget: Hashable, Sendable {
  case id(Identifier)
  case reference(String)
}

/// What makes an operation one that may be sent twice and is carried out once.
struct OperationRequest: Hashable, Sendable {
  let key: String
  /// Tells whether another request with the key is the same one.
  let fingerprint: String
}

/// The authorization as it was when the operation had been carried out.
struct OperationAnswer: Hashable, Sendable {
  let id: Identifier
  let json: [UInt8]
  /// It answers a request that was answered before.
  var isReplay = false
}
