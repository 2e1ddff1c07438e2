import Contracts
import HTTPTypes
import Web

/// The problem documents of the domain's errors.
extension OrderError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknownOrder: .notFound("order_not_found", "there is no such order")
    case .unknownVersion(let current): .notFound("version_not_found", "the order's current version is \(current)")
    case .illegalTransition(let status, let action):
      .conflict("illegal_transition", "\(action.name) can't be done to an order that is \(status.rawValue)")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .sagaChanged, .contended: .unavailable("concurrent requests are changing the order; try again")
    // Not 503: the service is healthy, and clients' circuit breakers count 5xx responses.
    case .ordersClosed: .conflict("orders_closed", "new orders are not accepted at the moment")
    case .unknownShop: .notFound("shop_not_found", "there is no such shop")
    case .shopReplicaIncomplete: .unavailable("the replica of the shops is still being built")
    case .shopClosed(let status): .conflict("shop_closed", "the shop is \(status.rawValue)")
    case .notOnMenu(let lines):
      Problem(
        .unprocessableContent, code: "menu_item_not_found", detail: "the shop has no such item on its menu",
        errors: lines.map { .init(pointer: "/items/\($0)/menuItemId", detail: "is not on the shop's menu") })
    case .belowMinimumOrder(let minimum, let subtotal):
      Problem(
        .unprocessableContent, code: "below_minimum_order",
        detail: "the items cost \(subtotal.amount) KRW; the shop delivers from \(minimum.amount) KRW")
    case .totalTooLarge(let maximum):
      Problem(
        .unprocessableContent, code: "total_too_large", detail: "an order may cost at most \(maximum.amount) KRW")
    }
  }
}
