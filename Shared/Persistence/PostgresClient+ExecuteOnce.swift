public import Contracts
public import Idempotency
public import Postgres

extension PostgresClient {
  /// Answers a repeated request as the first time, and lets two at the same time have one effect.
  ///
  /// - Parameter effect: runs the statement that stores the answer with the effect (see ``IdempotencyKeys``).
  /// - Throws: ``IdempotencyKeyReused``; whatever `effect` throws.
  public func executeOnce(
    _ request: IdempotentRequest?, _ effect: () async throws -> Document
  ) async throws -> Document {
    if let request, let answer = try await firstAnswer(to: request) { return answer }
    do {
      return try await effect()
    } catch let error as PostgresError where error.constraint == IdempotencyKeys.constraint {
      guard let request, let answer = try await firstAnswer(to: request) else { throw error }
      return answer
    }
  }

  private func firstAnswer(to request: IdempotentRequest) async throws -> Document? {
    guard let answer = try await execute(FindAnswer(principal: request.principal, key: request.key)).first else { return nil }
    guard answer.fingerprint == request.fingerprint else { throw IdempotencyKeyReused() }
    return Document(id: answer.subject, version: answer.version, json: answer.body, isReplay: true)
  }
}

extension IdempotentRequest {
  /// Three parameters: whose key, the key, and the fingerprint; NULL when the request can't be repeated.
  public static func bind(_ request: IdempotentRequest?, _ parameters: inout PostgresParameters) {
    parameters.append(request?.principal)
    parameters.append(request?.key)
    parameters.append(request?.fingerprint)
  }
}
