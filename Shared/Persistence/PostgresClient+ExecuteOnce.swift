public import Contracts
public import Idempotency
public import Postgres

extension PostgresClient {
  /// Returns the stored response for a retried request; of concurrent requests with one key only one has an effect.
  ///
  /// - Parameter effect: runs the statement that stores the response with the effect (see ``IdempotencyKeys``).
  /// - Throws: ``IdempotencyKeyReused``; whatever `effect` throws.
  public func executeOnce(
    _ request: IdempotentRequest?, _ effect: () async throws -> Document
  ) async throws -> Document {
    if let request, let stored = try await storedResponse(to: request) { return stored }
    do {
      return try await effect()
    } catch let error as PostgresError where error.constraint == IdempotencyKeys.constraint {
      guard let request, let stored = try await storedResponse(to: request) else { throw error }
      return stored
    }
  }

  private func storedResponse(to request: IdempotentRequest) async throws -> Document? {
    guard let stored = try await execute(FindStoredResponse(principal: request.principal, key: request.key)).first else {
      return nil
    }
    guard stored.fingerprint == request.fingerprint else { throw IdempotencyKeyReused() }
    return Document(id: stored.subject, version: stored.version, json: stored.body, isReplay: true)
  }
}

extension IdempotentRequest {
  /// Appends three parameters: principal, key and fingerprint; NULL when the request has no idempotency key.
  public static func bind(_ request: IdempotentRequest?, _ parameters: inout PostgresParameters) {
    parameters.append(request?.principal)
    parameters.append(request?.key)
    parameters.append(request?.fingerprint)
  }
}
