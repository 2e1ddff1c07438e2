import Contracts

/// What the saga decides on.
enum SagaInput: Hashable, Sendable {
  /// The step is executed: for the first time, after a pause, or after a crash.
  case resumed
  case deadlinePassed
  /// The order's status, which a command of the customer or the owner may have changed.
  case order(OrderStatus)
  case payment(PaymentSnapshot)
  case paymentNotFound
  case delivery(DeliveryStatus)
  case deliveryNotFound
  /// The participant's state forbids the command; the state is to be queried.
  case refused(String)
  /// The command will never succeed.
  case rejected(String)
  /// The command may have been executed.
  case failed(String)
}

/// What the saga does next.
enum SagaDecision: Hashable, Sendable {
  case send(SagaCommand)
  /// Enters a step, or changes only the order if the step stays the same: one statement, with the order's event.
  /// - Parameter outcome: the outcome of the current step, for the history.
  case move(SagaStep, order: OrderAction? = nil, outcome: String)
  /// Waits: for the next attempt, or for an event.
  case stay
}
