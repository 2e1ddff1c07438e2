/// An authorization, as far as the rules need it. Amounts are in won.
struct Authorization: Hashable, Sendable {
  enum Status: String, CaseIterable, Sendable {
    case approved, declined, voided
    /// The reversal arrived before the authorization, which will be declined.
    case reversed
  }

  var status: Status
  var amount: Int64
  var captured: Int64 = 0
  var refunded: Int64 = 0
}

/// An operation on an authorization. Amounts are in won.
enum Operation: Hashable, Sendable {
  /// Takes the held amount or a part of it; once.
  case capture(Int64)
  /// Returns captured money, in any number of parts.
  case refund(Int64)
  /// Releases the held amount, if it was not captured.
  case void
  /// Voids by the caller's reference, whether or not the authorization exists yet.
  case reverse
}

/// Why an operation was rejected.
enum OperationError: Error, Hashable {
  case unknownAuthorization
  case illegal(Operation, Authorization.Status)
  case alreadyCaptured
  case amountExceeded(limit: Int64)
  case referenceTaken
  /// The idempotency key belongs to a different request.
  case keyReused
  /// Concurrent operations changed the authorization in each attempt.
  case contended
}

extension Authorization {
  /// The authorization after an operation; unchanged if the effect exists already.
  func after(_ operation: Operation) throws(OperationError) -> Authorization {
    var next = self
    switch (status, operation) {
    case (.approved, .capture(let part)):
      guard captured == 0 else { throw .alreadyCaptured }
      guard part <= amount else { throw .amountExceeded(limit: amount) }
      next.captured = part
    case (.approved, .refund(let part)):
      guard part <= captured - refunded else { throw .amountExceeded(limit: captured - refunded) }
      next.refunded += part
    case (.approved, .void), (.approved, .reverse):
      guard captured == 0 else { throw .alreadyCaptured }
      next.status = .voided
    case (.voided, .void), (.voided, .reverse), (.declined, .reverse), (.reversed, .reverse):
      break
    case (.declined, .capture), (.declined, .refund), (.declined, .void), (.voided, .capture), (.voided, .refund),
      (.reversed, .capture), (.reversed, .refund), (.reversed, .void):
      throw .illegal(operation, status)
    }
    return next
  }
}
