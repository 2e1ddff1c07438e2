import Web

extension HistoryError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknownOrder: .notFound("order_not_found", "there is no order with this id")
    case .unknownCustomer: .notFound("customer_not_found", "there is no customer with this id")
    case .unknownShop: .notFound("shop_not_found", "there is no shop of yours with this id")
    case .notBuilt: .unavailable("the read model is being built")
    case .ownerUnavailable: .unavailable("the order may be too recent to be known here, and the order service is unavailable")
    }
  }
}
