/// A thing that somebody does or waits for in the course of an order; each is measured on its own.
enum Step: String, CaseIterable, Sendable {
  /// From the intended start of a life to its real start: how late the simulator itself is.
  case start
  case listing, search, shopPage, place
  /// From placing the order to seeing it paid.
  case paid
  /// From opening the tracking stream to its first event.
  case track
  case accept, reject, cancel
  /// From the shop's acceptance to a rider's seeing the offer.
  case offer
  case take, decline, locate, pickUp, complete
  case review, reply, deleteReview
  /// From the intended start of a life to its review.
  case run

  var label: String {
    switch self {
    case .start: "simulator's own delay"
    case .listing: "browse a listing"
    case .search: "search"
    case .shopPage: "look at a shop"
    case .place: "POST /orders"
    case .paid: "placed, then seen paid"
    case .track: "open the tracking stream"
    case .accept: "owner accepts"
    case .reject: "owner rejects"
    case .cancel: "customer cancels"
    case .offer: "accepted, then offered"
    case .take: "rider takes"
    case .decline: "rider declines"
    case .locate: "rider's position"
    case .pickUp: "rider picks up"
    case .complete: "rider completes"
    case .review: "customer reviews"
    case .reply: "owner replies"
    case .deleteReview: "customer deletes review"
    case .run: "whole life, with pauses"
    }
  }
}
