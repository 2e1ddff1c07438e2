import Contracts
import LoadClient
import NIOHTTP1
import Telemetry

/// One order for each final status other than delivered.
extension OrderDemo {
  func runOtherOutcomes(_ shop: ShopView) async throws {
    try await runOutcome(shop, "14  The card is declined", token: "tok_declined", as: "paymentFailed")

    try await runOutcome(shop, "15  The shop rejects the order; the authorization is voided", token: "tok_visa", as: "rejected") {
      order in
      try await reach(order, .order, "paid")
      try await call(
        .POST, "/orders/\(order.id)/reject", ["reason": "닭이 다 떨어졌어요"], at: services.order, "order", as: owner)
    }

    try await runOutcome(shop, "16  The customer cancels", token: "tok_visa", as: "cancelled") { order in
      try await reach(order, .order, "paid")
      try await cancel(order)
    }

    try await runOutcome(shop, "17  The shop does not react in time", token: "tok_visa", as: "expired") { order in
      try await reach(order, .order, "paid")
      let saga = try await showSaga(of: order)
      guard let deadline = saga.deadline else { return }
      let seconds = max(0, deadline.milliseconds(since: .now())) / 1000
      guard seconds <= 60 else {
        // Production deadlines, too long for a demo.
        output.note("the shop has \(seconds) s left, too long for a demo, so the customer cancels")
        try await cancel(order)
        return
      }
      output.note("the order expires in \(seconds) s")
      try await reach(order, .order, "expired", within: .seconds(seconds) + Self.timeout)
    }

    try await runOutcome(
      shop, "18  The card network charges the card and the call times out", token: "tok_timeout", as: "cancelled"
    ) { order in
      try await showSaga(of: order)
      output.note(
        "the outcome of a timed-out call is unknown: payment resolves it by webhook or by a status query before it goes on")
      try await reach(order, .order, "paid")
      try await cancel(order)
    }
  }

  /// Places an order, runs `body`, and waits until the saga is compensated.
  private func runOutcome(
    _ shop: ShopView, _ title: String, token: String, as status: String, _ body: (DemoOrder) async throws -> Void = { _ in }
  ) async throws {
    output.chapter(title)
    try await following(try await place(shop, token: token)) { order in
      try await body(order)
      let isFinal = order.tracking.updates.contains { $0.part == .order && OrderStatus(rawValue: $0.status)?.isFinal == true }
      if !isFinal { try await reach(order, .order, status) }
      try await order.tracking.wait(for: .payment, "declined", "voided", within: Self.timeout)
      try await showSagaSteps(of: order, ending: "compensated")
      try await showPayment(of: order)
    }
  }

  private func cancel(_ order: DemoOrder) async throws {
    try await call(
      .POST, "/orders/\(order.id)/cancel", ["reason": "too hungry to wait"], at: services.order, "order", as: customer)
  }
}
