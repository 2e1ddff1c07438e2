import Contracts

/// Why a command was rejected, or a read found nothing.
enum ReviewError: Error, Hashable {
  case unknownReview
  case deleted
  case notOwner
  case notCustomer
  case versionMismatch(current: Int64)
  /// The order does not exist, or belongs to another customer.
  case unknownOrder
  case notDelivered(OrderStatus)
  case alreadyReviewed
  /// There is no invitation of this customer for the order.
  case notInvited
  /// The order service is unavailable.
  case orderUnavailable
}
