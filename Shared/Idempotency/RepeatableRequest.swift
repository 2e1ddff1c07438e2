public import Postgres

/// A request that a client may send twice and that must be carried out once.
public struct RepeatableRequest: Hashable, Sendable {
  /// Who sent it: keys of different principals have nothing to do with one another.
  public let principal: String
  public let key: String
  /// Tells whether another request with the key is the same one.
  public let fingerprint: String

  public init(principal: String, key: String, fingerprint: String) {
    self.principal = principal
    self.key = key
    self.fingerprint = fingerprint
  }

  /// Three parameters: whose key, the key, and the fingerprint; NULL when the request can't be repeated.
  public static func bind(_ request: RepeatableRequest?, _ parameters: inout PostgresParameters) {
    parameters.append(request?.principal)
    parameters.append(request?.key)
    parameters.append(request?.fingerprint)
  }
}

/// The key was used before, for a request with another body.
public struct IdempotencyKeyReused: Error, Hashable {
  public init() {}
}

extension PostgresClient {
  /// Answers a repeated request as the first time, and lets two at the same time have one effect.
  ///
  /// - Parameter effect: runs the statement that stores the answer with the effect (see ``IdempotencyKeys``).
  /// - Throws: ``IdempotencyKeyReused``; whatever `effect` throws.
  public func once(
    _ request: RepeatableRequest?, _ effect: () async throws -> Document
  ) async throws -> Document {
    if let request, let answer = try await firstAnswer(to: request) { return answer }
    do {
      return try await effect()
    } catch let error as PostgresError where error.constraint == IdempotencyKeys.constraint {
      guard let request, let answer = try await firstAnswer(to: request) else { throw error }
      return answer
    }
  }

  private func firstAnswer(to request: RepeatableRequest) async throws -> Document? {
    guard let answer = try await execute(FindAnswer(principal: request.principal, key: request.key)).first else { return nil }
    guard answer.fingerprint == request.fingerprint else { throw IdempotencyKeyReused() }
    return Document(id: answer.subject, version: answer.version, json: answer.body, isReplay: true)
  }
}
