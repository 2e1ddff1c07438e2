import Contracts
import Web

/// `POST /payments`
struct CreatePaymentBody: Decodable {
  let id: Identifier
  let orderId: Identifier
  let customerId: Identifier
  let amount: Money
  let token: String

  func validated() throws -> NewPayment {
    var validation = Validation()
    validation.checkAmount(amount, "/amount/amount")
    validation.check(
      PaymentBounds.tokenLength.contains(token.utf8.count) && token.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "/token",
      "must have 1 to 200 visible ASCII characters")
    try validation.finish()
    return NewPayment(id: id, orderId: orderId, customerId: customerId, amount: amount, token: token)
  }
}

/// `POST /payments/{id}/capture`: always the full amount.
struct CapturePaymentBody: Decodable {}

/// `POST /payments/{id}/void`
struct VoidPaymentBody: Decodable {
  let orderId: Identifier
}

/// `POST /payments/{id}/refund`: without an amount, all of the rest.
struct RefundPaymentBody: Decodable {
  let amount: Money?

  func validated() throws -> Money? {
    var validation = Validation()
    if let amount { validation.checkAmount(amount, "/amount/amount") }
    try validation.finish()
    return amount
  }
}

extension Validation {
  fileprivate mutating func checkAmount(_ money: Money, _ pointer: String) {
    let range = PaymentBounds.amount
    check(range.contains(money.amount), pointer, "must lie between \(range.lowerBound) and \(range.upperBound)")
  }
}
