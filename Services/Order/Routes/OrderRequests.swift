import Contracts
import Web

/// `POST /orders`
struct PlaceOrderRequest: Decodable {
  let shopId: Identifier
  let items: [Line]
  let deliveryAddress: Address
  let payment: Card

  struct Line: Decodable {
    let menuItemId: Identifier
    let quantity: Int
  }

  struct Card: Decodable {
    let token: String
  }

  func validated(by customer: Identifier) throws(Problem) -> NewOrder {
    var validation = Validation()
    let lines = OrderRules.lines
    validation.check(lines.contains(items.count), "/items", "must have \(lines.lowerBound) to \(lines.upperBound) members")
    var seen: Set<Identifier> = []
    for (index, item) in items.prefix(lines.upperBound).enumerated() {
      validation.check(FieldError(item.quantity, outside: OrderRules.quantity, at: "/items/\(index)/quantity"))
      validation.check(
        seen.insert(item.menuItemId).inserted, "/items/\(index)/menuItemId", "is already in the order; increase its quantity")
    }
    validation.check(OrderRules.address.error(in: deliveryAddress.address, at: "/deliveryAddress/address"))
    validation.check(deliveryAddress.location.errors(at: "/deliveryAddress/location"))
    validation.check(OrderRules.token.error(in: payment.token, at: "/payment/token"))
    try validation.finish()
    return NewOrder(
      customer: customer, shop: shopId, lines: items.map { OrderLine(menuItem: $0.menuItemId, quantity: $0.quantity) },
      deliveryAddress: deliveryAddress, cardToken: payment.token)
  }
}

/// `POST /orders/{id}/accept`
struct AcceptOrderRequest: Decodable {
  let preparationMinutes: Int

  func validated() throws(Problem) -> OrderAction {
    try Problem.check(FieldError(preparationMinutes, outside: OrderRules.preparationMinutes, at: "/preparationMinutes"))
    return .accept(preparationMinutes: preparationMinutes)
  }
}

/// `POST /orders/{id}/reject`, `POST /orders/{id}/cancel`
struct OrderReasonRequest: Decodable {
  let reason: String

  func validated() throws(Problem) -> String {
    try Problem.check(OrderRules.reason.error(in: reason, at: "/reason"))
    return reason
  }
}
