import Contracts
import Hummingbird
import Web

/// How a client sees that a command was refused.
extension RiderError: HTTPResponseError {
  var status: HTTPResponse.Status { problem.status }

  func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }

  private var problem: Problem {
    switch self {
    case .unknownRider: .notFound("rider_not_found", "there is no such rider")
    case .unknownDelivery: .notFound("delivery_not_found", "there is no such delivery")
    case .neverDelivered: .gone("its order was called off before the delivery was asked for")
    case .riderExists: .conflict("rider_exists", "the rider is registered already")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .illegalTransition(let transition):
      .conflict(
        "illegal_transition",
        "a delivery that is \(transition.status.rawValue) can't take the action \(transition.action.rawValue)")
    case .offerClosed(let outcome):
      .conflict("offer_closed", "the offer isn't open any more: it is \(outcome.rawValue)")
    case .riderBusy: .conflict("rider_busy", "the rider has another delivery under way")
    case .deliveryUnderWay: .conflict("delivery_under_way", "a rider with a delivery under way can't go offline")
    }
  }
}
