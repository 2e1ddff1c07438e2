public import Auth
public import Hummingbird
public import Idempotency
public import NIOCore

extension Request {
  /// The request as an idempotent one, if the client sent an idempotency key.
  /// - Throws: 400 `invalid_idempotency_key`.
  public func idempotentRequest(by principal: Principal, body: ByteBuffer) throws(Problem) -> IdempotentRequest? {
    guard let key = try idempotencyKey() else { return nil }
    return IdempotentRequest(principal: principal.text, key: key.value, fingerprint: fingerprint(body: body))
  }

  /// The request as an idempotent one, for operations that require an idempotency key.
  /// - Throws: 400 `idempotency_key_required`, `invalid_idempotency_key`.
  public func requireIdempotentRequest(by principal: Principal, body: ByteBuffer) throws(Problem) -> IdempotentRequest {
    let key = try requireIdempotencyKey()
    return IdempotentRequest(principal: principal.text, key: key.value, fingerprint: fingerprint(body: body))
  }
}

extension IdempotencyKeyReused: ProblemConvertible {
  public var problem: Problem { .idempotencyKeyReused }
}
