import Contracts

/// Which operations a payment allows, by its status and its pending operation.
enum PaymentRules {
  enum Verdict: Hashable, Sendable {
    /// The card network has to be called.
    case begin
    /// The effect exists already, or there is nothing to apply it to: the response is the payment, unchanged.
    case unchanged
    /// The same operation is pending.
    case inProgress
    /// Another operation is pending, and its outcome is needed first.
    case busy
    case illegal
  }

  /// The verdict without a pending operation, except for the authorization of a requested payment.
  static func verdict(on operation: PaymentOperation, in status: PaymentStatus) -> Verdict {
    switch (status, operation) {
    case (.requested, .authorize): .inProgress
    case (.requested, .capture): .illegal
    case (.requested, .void): .begin
    case (.requested, .refund): .illegal

    case (.authorized, .authorize): .unchanged
    case (.authorized, .capture): .begin
    case (.authorized, .void): .begin
    case (.authorized, .refund): .illegal

    case (.declined, .authorize): .unchanged
    case (.declined, .capture): .illegal
    case (.declined, .void): .unchanged
    case (.declined, .refund): .illegal

    case (.captured, .authorize): .unchanged
    case (.captured, .capture): .unchanged
    case (.captured, .void): .illegal
    case (.captured, .refund): .begin

    case (.voided, .authorize): .unchanged
    case (.voided, .capture): .illegal
    case (.voided, .void): .unchanged
    case (.voided, .refund): .illegal

    case (.refunded, .authorize): .unchanged
    case (.refunded, .capture): .illegal
    case (.refunded, .void): .illegal
    case (.refunded, .refund): .unchanged
    }
  }

  static func verdict(
    on operation: PaymentOperation, in status: PaymentStatus, pending: PaymentOperation?
  ) -> Verdict {
    let settled = verdict(on: operation, in: status)
    switch (pending, operation) {
    case (nil, _): return settled
    // The authorization is no longer needed: whatever its outcome, it is reversed.
    case (.authorize, .void): return .begin
    case (.authorize, .authorize), (.void, .authorize), (.capture, .capture), (.void, .void): return .inProgress
    // Two refunds are two movements: the second is not a retry of the first.
    case (.refund, .refund): return .busy
    case (.authorize, _), (.capture, _), (.void, _), (.refund, _): return settled == .unchanged ? .unchanged : .busy
    }
  }

  /// The phases in which an operation may begin: the guard of the statement that begins it.
  static func phases(allowing operation: PaymentOperation) -> [Phase] {
    phases.filter { verdict(on: operation, in: $0.status, pending: $0.pending) == .begin }
  }

  /// A status with the pending operation.
  struct Phase: Hashable, Sendable {
    let status: PaymentStatus
    let pending: PaymentOperation?
  }

  /// All phases of a payment.
  static let phases = [
    Phase(status: .requested, pending: .authorize), Phase(status: .requested, pending: .void),
    Phase(status: .authorized, pending: nil), Phase(status: .authorized, pending: .capture),
    Phase(status: .authorized, pending: .void), Phase(status: .declined, pending: nil),
    Phase(status: .captured, pending: nil), Phase(status: .captured, pending: .refund),
    Phase(status: .voided, pending: nil), Phase(status: .refunded, pending: nil),
  ]
}
