import Contracts
import Web

/// The problem document of each error.
extension RiderError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknownRider: .notFound("rider_not_found", "the rider does not exist")
    case .unknownDelivery: .notFound("delivery_not_found", "the delivery does not exist")
    case .cancelledBeforeRequest: .gone("the order was cancelled before its delivery was requested")
    case .riderExists: .conflict("rider_exists", "the rider is already registered")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .illegalTransition(let transition):
      .conflict(
        "illegal_transition",
        "the action \(transition.action.rawValue) is not allowed while the delivery is \(transition.status.rawValue)")
    case .offerClosed(let outcome):
      .conflict("offer_closed", "the offer is no longer open: it is \(outcome.rawValue)")
    case .riderBusy: .conflict("rider_busy", "the rider has another active delivery")
    case .hasActiveDelivery: .conflict("delivery_under_way", "a rider with an active delivery can't go offline")
    }
  }
}
