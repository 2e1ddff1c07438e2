/// What the network's rules look at of one authorization. Amounts are whole won.
struct Authorization: Hashable, Sendable {
  enum Status: String, CaseIterable, Sendable {
    case approved, declined, voided
    /// Reversed before it was asked for: it will be declined when it comes.
    case reversed
  }

  var status: Status
  var amount: Int64
  var captured: Int64 = 0
  var refunded: Int64 = 0
}

/// Something that is done to an authorization.
enum Operation: Hashable, Sendable {
  /// Takes the money, all of it or a part; once.
  case capture(Int64)
  /// Gives captured money back, in as many parts as one likes.
  case refund(Int64)
  /// Lets go of money that was not captured.
  case void
  /// The same by the caller's own reference, whether or not the network has heard of it.
  case reverse
}

/// Why an operation was not carried out.
enum OperationError: Error, Hashable {
  case unknownAuthorization
  case illegal(Operation, Authorization.Status)
  case alreadyCaptured
  case amountExceeded(limit: Int64)
  case referenceTaken
  case keyReused
  /// Others changed the authorization again and again while this operation was tried.
  case contended
}

extension Authorization {
  /// The authorization after an operation; the same one if the operation finds its effect done already.
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
