import Web

/// The problem document of each error.
extension ReviewError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknownReview: .notFound("review_not_found", "the review does not exist")
    case .deleted: .gone("the review was deleted")
    case .notOwner: .forbidden("the shop belongs to another owner")
    case .notCustomer: .forbidden("the review belongs to another customer")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .unknownOrder, .notInvited: .notFound("order_not_found", "the order does not exist")
    case .notDelivered(let status):
      .conflict("not_delivered", "only delivered orders can be reviewed, and the order is \(status)")
    case .alreadyReviewed: .conflict("already_reviewed", "the order has been reviewed already")
    case .orderUnavailable: .unavailable("the order service is unavailable; try again")
    }
  }
}
