import Contracts

/// What a command on a payment comes to, by where the payment stands.
enum PaymentRules {
  enum Verdict: Hashable, Sendable {
    /// The card network is to be asked.
    case begin
    /// What is wanted is so already, or there is nothing that it could be done to: the payment is the answer as it is.
    case asItIs
    /// The network has been asked for just this, and its answer isn't known.
    case wait
    /// The network has been asked for something else, which must be known first.
    case busy
    case illegal
  }

  /// The verdict while the network owes no answer.
  static func verdict(on operation: PaymentOperation, in status: PaymentStatus) -> Verdict {
    switch (status, operation) {
    case (.requested, .authorize): .wait
    case (.requested, .capture): .illegal
    case (.requested, .void): .begin
    case (.requested, .refund): .illegal

    case (.authorized, .authorize): .asItIs
    case (.authorized, .capture): .begin
    case (.authorized, .void): .begin
    case (.authorized, .refund): .illegal

    case (.declined, .authorize): .asItIs
    case (.declined, .capture): .illegal
    case (.declined, .void): .asItIs
    case (.declined, .refund): .illegal

    case (.captured, .authorize): .asItIs
    case (.captured, .capture): .asItIs
    case (.captured, .void): .illegal
    case (.captured, .refund): .begin

    case (.voided, .authorize): .asItIs
    case (.voided, .capture): .illegal
    case (.voided, .void): .asItIs
    case (.voided, .refund): .illegal

    case (.refunded, .authorize): .asItIs
    case (.refunded, .capture): .illegal
    case (.refunded, .void): .illegal
    case (.refunded, .refund): .asItIs
    }
  }

  /// The verdict with what the network was asked for and has not been heard to have done.
  static func verdict(
    on operation: PaymentOperation, in status: PaymentStatus, pending: PaymentOperation?
  ) -> Verdict {
    let standing = verdict(on: operation, in: status)
    switch (pending, operation) {
    case (nil, _): return standing
    // Nobody wants the authorization any more: whatever comes of it, it is reversed.
    case (.authorize, .void): return .begin
    case (.authorize, .authorize), (.void, .authorize), (.capture, .capture), (.void, .void): return .wait
    // Two refunds are two movements, so the second is not the first one's repetition.
    case (.refund, .refund): return .busy
    case (.authorize, _), (.capture, _), (.void, _), (.refund, _): return standing == .asItIs ? .asItIs : .busy
    }
  }

  /// Where a payment may stand for an operation to begin: the guard of the statement that begins it.
  static func beginnings(of operation: PaymentOperation) -> [Place] {
    places.filter { verdict(on: operation, in: $0.status, pending: $0.pending) == .begin }
  }

  /// A status with what is pending.
  struct Place: Hashable, Sendable {
    let status: PaymentStatus
    let pending: PaymentOperation?
  }

  /// Every place that there is.
  static let places = [
    Place(status: .requested, pending: .authorize), Place(status: .requested, pending: .void),
    Place(status: .authorized, pending: nil), Place(status: .authorized, pending: .capture),
    Place(status: .authorized, pending: .void), Place(status: .declined, pending: nil),
    Place(status: .captured, pending: nil), Place(status: .captured, pending: .refund),
    Place(status: .voided, pending: nil), Place(status: .refunded, pending: nil),
  ]
}
