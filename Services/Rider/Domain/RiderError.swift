import Contracts

/// Why a command was rejected, or a read found nothing.
enum RiderError: Error, Hashable {
  /// The rider does not exist, or is not visible to the caller.
  case unknownRider
  /// The delivery does not exist, or is not visible to the caller.
  case unknownDelivery
  /// The order was cancelled before its delivery was requested: only a tombstone exists.
  case cancelledBeforeRequest
  case riderExists
  case versionMismatch(current: Int64)
  case illegalTransition(IllegalDeliveryTransition)
  /// The offer is no longer open.
  case offerClosed(OfferStatus)
  /// The rider can't accept a second delivery while one is active.
  case riderBusy
  /// The rider can't go offline while a delivery is active.
  case hasActiveDelivery
}
