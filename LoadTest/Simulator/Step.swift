/// A measured step of an order run.
enum Step: String, CaseIterable, Sendable {
  /// From the intended to the actual start of an order run: the simulator's own delay.
  case start
  case listing, search, shopPage, place
  /// From placing the order until the stream shows it paid.
  case paid
  /// From opening the tracking stream to its first event.
  case track
  case accept, reject, cancel
  /// From the shop's acceptance until a rider receives the offer.
  case offer
  case take, decline, locate, pickUp, complete
  case review, reply, deleteReview
  /// From the intended start of an order run to its review.
  case run

  var label: String {
    switch self {
    case .start: "simulator's own delay"
    case .listing: "browse a listing"
    case .search: "search"
    case .shopPage: "view a shop"
    case .place: "POST /orders"
    case .paid: "placed until shown as paid"
    case .track: "open the tracking stream"
    case .accept: "owner accepts"
    case .reject: "owner rejects"
    case .cancel: "customer cancels"
    case .offer: "accepted until offered"
    case .take: "rider accepts the offer"
    case .decline: "rider declines the offer"
    case .locate: "rider's location"
    case .pickUp: "rider picks up"
    case .complete: "rider completes"
    case .review: "customer reviews"
    case .reply: "owner replies"
    case .deleteReview: "customer deletes review"
    case .run: "order run, with pauses"
    }
  }
}
