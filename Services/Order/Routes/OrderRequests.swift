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
    validation.check(OrderRules.lines.contains(items.count), "/items", "must have between \(OrderRules.lines.bounds) members")
    var seen: Set<Identifier> = []
    for (index, item) in items.prefix(OrderRules.lines.upperBound).enumerated() {
      validation.check(
        OrderRules.quantity.contains(item.quantity), "/items/\(index)/quantity", "must lie between \(OrderRules.quantity.bounds)")
      validation.check(
        seen.insert(item.menuItemId).inserted, "/items/\(index)/menuItemId", "is already in the order; increase its quantity")
    }
    validation.check(deliveryAddress.address, OrderRules.addressLength, "/deliveryAddress/address")
    let location = deliveryAddress.location
    validation.check(
      (-90...90).contains(location.latitude), "/deliveryAddress/location/latitude", "must lie between -90 and 90")
    validation.check(
      (-180...180).contains(location.longitude), "/deliveryAddress/location/longitude", "must lie between -180 and 180")
    validation.check(payment.token, OrderRules.tokenLength, "/payment/token")
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
    var validation = Validation()
    validation.check(
      OrderRules.preparationMinutes.contains(preparationMinutes), "/preparationMinutes",
      "must lie between \(OrderRules.preparationMinutes.bounds)")
    try validation.finish()
    return .accept(preparationMinutes: preparationMinutes)
  }
}

/// `POST /orders/{id}/reject`, `POST /orders/{id}/cancel`
struct OrderReasonRequest: Decodable {
  let reason: String

  func validated() throws(Problem) -> String {
    var validation = Validation()
    validation.check(reason, OrderRules.reasonLength, "/reason")
    try validation.finish()
    return reason
  }
}

extension Validation {
  /// Free text; its length is in Unicode scalars.
  fileprivate mutating func check(_ text: String, _ length: ClosedRange<Int>, _ pointer: String) {
    if !length.contains(text.unicodeScalars.count) {
      refuse(pointer, "must have between \(length.bounds) characters")
    } else if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      refuse(pointer, "must not contain control characters")
    } else if text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      refuse(pointer, "must not be blank")
    }
  }
}

extension ClosedRange<Int> {
  /// `1 and 99`
  fileprivate var bounds: String { "\(lowerBound) and \(upperBound)" }
}
