import Contracts

/// A payment to authorize.
struct NewPayment: Hashable, Sendable {
  let id: Identifier
  let orderId: Identifier
  let customerId: Identifier
  let amount: Money
  /// The card token, issued by the card network.
  let token: String
}

/// The limits of amounts and tokens; the database checks the amounts as well.
enum PaymentBounds {
  /// In won.
  static let amount: ClosedRange<Int64> = 1...10_000_000_000
  static let tokenLength = 1...200
}
