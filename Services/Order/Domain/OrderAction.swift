/// A command on a placed order: by its customer, its shop's owner, or the checkout saga.
enum OrderAction: Hashable, Sendable {
  /// The card network has authorized the payment.
  case confirmPayment
  /// The authorization or the capture was declined.
  case failPayment(reason: String)
  case accept(preparationMinutes: Int)
  case reject(reason: String)
  case cancel(reason: String)
  /// A deadline has passed, or the delivery was cancelled.
  case expire(reason: String)
  case pickUp
  case deliver

  /// For problem details.
  var name: String {
    switch self {
    case .confirmPayment: "confirmPayment"
    case .failPayment: "failPayment"
    case .accept: "accept"
    case .reject: "reject"
    case .cancel: "cancel"
    case .expire: "expire"
    case .pickUp: "pickUp"
    case .deliver: "deliver"
    }
  }
}
