import Contracts

/// Why a command was not carried out, or a read found nothing.
enum RiderError: Error, Hashable {
  /// There is no such rider, or he is none of the caller's business.
  case unknownRider
  /// There is no such delivery, or it is none of the caller's business.
  case unknownDelivery
  /// Its order was called off before anybody asked for the delivery.
  case neverDelivered
  case riderExists
  case versionMismatch(current: Int64)
  case illegalTransition(IllegalDeliveryTransition)
  /// The offer has ended otherwise.
  case offerClosed(OfferStatus)
  /// The rider has another delivery under way, and so can take on no second one.
  case riderBusy
  /// The rider has a delivery under way, and so can't go offline.
  case deliveryUnderWay
}
