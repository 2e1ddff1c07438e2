import Contracts

extension Order {
  /// The event that an action causes in the order's current status.
  ///
  /// - Returns: `nil` when the order already has the status that the action leads to; a repeated command changes nothing.
  /// - Throws: `OrderError.illegalTransition`.
  func event(for action: OrderAction) throws(OrderError) -> OrderEvent? {
    try OrderTransitions.event(for: action, on: status)
  }
}

/// The state transition table of an order, by status and action.
enum OrderTransitions {
  static func event(for action: OrderAction, on status: OrderStatus) throws(OrderError) -> OrderEvent? {
    switch (status, action) {
    case (.placed, .confirmPayment): .paid
    case (.placed, .failPayment(let reason)): .paymentFailed(reason: reason)
    case (.placed, .cancel(let reason)): .cancelled(reason: reason)
    case (.placed, .expire(let reason)): .expired(reason: reason)
    case (.placed, .accept), (.placed, .reject), (.placed, .pickUp), (.placed, .deliver):
      throw .illegalTransition(status, action)

    case (.paid, .confirmPayment): nil
    case (.paid, .accept(let minutes)): .accepted(preparationMinutes: minutes)
    case (.paid, .reject(let reason)): .rejected(reason: reason)
    case (.paid, .cancel(let reason)): .cancelled(reason: reason)
    case (.paid, .expire(let reason)): .expired(reason: reason)
    case (.paid, .failPayment), (.paid, .pickUp), (.paid, .deliver):
      throw .illegalTransition(status, action)

    case (.accepted, .accept): nil
    case (.accepted, .pickUp): .pickedUp
    // No rider accepted the delivery in time.
    case (.accepted, .expire(let reason)): .expired(reason: reason)
    // The card network declines the capture of an authorized payment.
    case (.accepted, .failPayment(let reason)): .paymentFailed(reason: reason)
    case (.accepted, .confirmPayment), (.accepted, .reject), (.accepted, .cancel), (.accepted, .deliver):
      throw .illegalTransition(status, action)

    case (.pickedUp, .pickUp): nil
    case (.pickedUp, .deliver): .delivered
    // The delivery was lost.
    case (.pickedUp, .expire(let reason)): .expired(reason: reason)
    case (.pickedUp, .confirmPayment), (.pickedUp, .failPayment), (.pickedUp, .accept), (.pickedUp, .reject),
      (.pickedUp, .cancel):
      throw .illegalTransition(status, action)

    case (.delivered, .deliver), (.paymentFailed, .failPayment), (.rejected, .reject), (.cancelled, .cancel), (.expired, .expire):
      nil
    case (.delivered, _), (.paymentFailed, _), (.rejected, _), (.cancelled, _), (.expired, _):
      throw .illegalTransition(status, action)
    }
  }
}
