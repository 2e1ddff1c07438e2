import Contracts

/// The fields of a payment that the saga decides on.
struct PaymentSnapshot: Hashable, Sendable, Decodable {
  var status: PaymentStatus
  /// The operation whose outcome at the card network is unknown.
  var pending: PaymentOperation?
  var declineReason: String?
}
