import Contracts

/// The scenarios of an order run: the happy path and the unhappy ones, with their permitted final statuses.
enum Scenario: String, CaseIterable, Sendable {
  case happy
  case declinedCard, insufficientFunds
  /// The card network charges the card but does not respond; the order is delivered nevertheless.
  case providerHangs
  case shopRejects, customerCancels
  /// Accept and cancel are sent concurrently; one of them succeeds.
  case acceptRacesCancel
  /// The owner does not react to the order.
  case nobodyAnswers
  case riderDeclines, offerExpires
  /// Delivered and reviewed; the customer deletes the review.
  case reviewDeleted
  case ownerReplies

  static let unhappy = allCases.filter { $0 != .happy }

  /// The customer's card token.
  var token: String {
    switch self {
    case .declinedCard: "tok_declined"
    case .insufficientFunds: "tok_insufficient_funds"
    case .providerHangs: "tok_timeout"
    default: "tok_visa"
    }
  }

  /// The reaction to the paid order.
  var onPaid: PaidReaction {
    switch self {
    case .shopRejects: .reject
    case .customerCancels: .cancel
    case .acceptRacesCancel: .acceptAndCancel
    case .nobodyAnswers: .nothing
    default: .accept
    }
  }

  /// The reaction to the first offer of the delivery; later ones are accepted.
  var firstOffer: OfferReaction {
    switch self {
    case .riderDeclines: .decline
    case .offerExpires: .ignore
    default: .accept
    }
  }

  /// The permitted final statuses while all services are available.
  var ends: Set<OrderStatus> {
    switch self {
    case .happy, .providerHangs, .riderDeclines, .offerExpires, .reviewDeleted, .ownerReplies: [.delivered]
    case .declinedCard, .insufficientFunds: [.paymentFailed]
    case .shopRejects: [.rejected]
    case .customerCancels: [.cancelled]
    case .acceptRacesCancel: [.delivered, .cancelled]
    case .nobodyAnswers: [.expired]
    }
  }

  /// The permitted final statuses when services may be unavailable for a while and deadlines pass.
  ///
  /// An order is delivered only if it may have been accepted, and never paid with a declined card.
  var endsUnderOutages: Set<OrderStatus> {
    switch self {
    case .declinedCard, .insufficientFunds: [.paymentFailed, .expired]
    case .shopRejects: [.rejected, .expired, .paymentFailed]
    case .customerCancels: [.cancelled, .expired, .paymentFailed]
    case .nobodyAnswers: [.expired, .paymentFailed]
    case .acceptRacesCancel: [.delivered, .cancelled, .expired, .paymentFailed]
    default: [.delivered, .expired, .paymentFailed]
    }
  }
}

/// The owner's and the customer's reaction to a paid order.
enum PaidReaction: Sendable {
  case accept, reject, cancel, acceptAndCancel, nothing
}

/// A rider's reaction to an offer.
enum OfferReaction: Sendable {
  case accept, decline, ignore
}

extension OrderStatus {
  /// The permitted final payment statuses for a final order status.
  var paymentEnds: Set<PaymentStatus> {
    switch self {
    case .delivered: [.captured]
    case .paymentFailed: [.declined, .voided]
    case .rejected, .cancelled, .expired: [.voided, .refunded, .declined]
    case .placed, .paid, .accepted, .pickedUp: []
    }
  }
}
