/// What may be asked of an order once it is placed: by its customer, by the shop's owner, or by the checkout saga.
enum OrderAction: Hashable, Sendable {
  /// The card network has set the money aside.
  case confirmPayment
  /// The money can't be had: declined at first, or when it was to be captured.
  case failPayment(reason: String)
  case accept(preparationMinutes: Int)
  case reject(reason: String)
  case cancel(reason: String)
  /// Nobody did in time what had to come next.
  case expire(reason: String)
  case pickUp
  case deliver

  /// For people, in the detail of a refusal.
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
