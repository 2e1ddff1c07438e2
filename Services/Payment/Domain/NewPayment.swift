import Contracts

/// A payment that is to be authorized.
struct NewPayment: Hashable, Sendable {
  let id: Identifier
  let orderId: Identifier
  let customerId: Identifier
  let amount: Money
  /// Stands for the card; the network knows which.
  let token: String
}

/// What is allowed of amounts and tokens; the database guards the amounts again.
enum PaymentBounds {
  static let amount: ClosedRange<Int64> = 1...10_000_000_000
  static let tokenLength = 1...200
}
