import Hummingbird
import Web

/// How a client sees that a command was refused.
extension ReviewError: HTTPResponseError {
  var status: HTTPResponse.Status { problem.status }

  func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }

  private var problem: Problem {
    switch self {
    case .unknownReview: .notFound("review_not_found", "there is no such review")
    case .deleted: .gone("the review was deleted")
    case .notOwner: .forbidden("the shop belongs to another owner")
    case .notCustomer: .forbidden("the review is another customer's")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .unknownOrder, .notInvited: .notFound("order_not_found", "there is no such order")
    case .notDelivered(let status): .conflict("not_delivered", "the order is \(status), and only delivered ones are reviewed")
    case .alreadyReviewed: .conflict("already_reviewed", "the order has had its review")
    case .orderUnavailable: .unavailable("whether the order was delivered can't be asked now; try again")
    }
  }
}
