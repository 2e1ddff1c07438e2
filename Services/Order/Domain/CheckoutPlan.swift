/// Decides how an order's checkout saga changes in the statement that places or changes the order.
protocol CheckoutPlan: Sendable {
  /// The saga's first step. It is leased to this process, and due again when the lease ends.
  func initialChange() -> SagaChange
  /// The saga's next step after a command of a customer or an owner, due at once; `nil` for an action of the saga itself.
  func change(after action: OrderAction) -> SagaChange?
}
