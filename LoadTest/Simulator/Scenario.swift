import Contracts

/// What befalls an order, the one happy way and the unhappy ones, and how each may end.
enum Scenario: String, CaseIterable, Sendable {
  case happy
  case declinedCard, insufficientFunds
  /// The card network charges and gives no answer; the order is delivered all the same.
  case providerHangs
  case shopRejects, customerCancels
  /// Both at once, and one of them wins.
  case acceptRacesCancel
  /// The owner doesn't see to the order.
  case nobodyAnswers
  case riderDeclines, offerExpires
  /// Delivered, reviewed, and the customer takes the review back.
  case reviewDeleted
  case ownerReplies

  static let unhappy = allCases.filter { $0 != .happy }

  /// The card that the customer pays with.
  var token: String {
    switch self {
    case .declinedCard: "tok_declined"
    case .insufficientFunds: "tok_insufficient_funds"
    case .providerHangs: "tok_timeout"
    default: "tok_visa"
    }
  }

  /// What is done when the order is seen to be paid.
  var onPaid: PaidReaction {
    switch self {
    case .shopRejects: .reject
    case .customerCancels: .cancel
    case .acceptRacesCancel: .acceptAndCancel
    case .nobodyAnswers: .nothing
    default: .accept
    }
  }

  /// What the first rider does who is offered the delivery; the next one accepts.
  var firstOffer: OfferReaction {
    switch self {
    case .riderDeclines: .decline
    case .offerExpires: .ignore
    default: .accept
    }
  }

  /// The states in which an order of this way may end while all services run.
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

  /// The same when services may be away for a while: deadlines pass, but an order still comes to an end that undoes what was done.
  ///
  /// Nothing is delivered that nobody may have accepted, and a refused card pays for nothing.
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

/// What happens to an order that was paid.
enum PaidReaction: Sendable {
  case accept, reject, cancel, acceptAndCancel, nothing
}

/// What a rider does with an offer.
enum OfferReaction: Sendable {
  case accept, decline, ignore
}

extension OrderStatus {
  /// Where the payment of an order stands in the end, if the order ended so and money is rightly accounted for.
  var paymentEnds: Set<PaymentStatus> {
    switch self {
    case .delivered: [.captured]
    case .paymentFailed: [.declined, .voided]
    case .rejected, .cancelled, .expired: [.voided, .refunded, .declined]
    case .placed, .paid, .accepted, .pickedUp: []
    }
  }
}
