import Contracts

/// What the checkout saga wants done with its row when somebody else moves the order.
protocol CheckoutPlan: Sendable {
  /// The saga's first step, for an order that is being placed: due when this process should have carried it out, if it lives.
  func beginning() -> SagaChange
  /// Where the saga goes on after a command of a customer or an owner; due at once.
  func following(_ action: OrderAction) -> SagaChange?
}
