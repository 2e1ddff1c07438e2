import Contracts
import LoadClient
import NIOHTTP1
import Telemetry

/// How else an order may end: one of each way, in short.
extension OrderTour {
  func toOtherEnds(_ shop: ShopView) async throws {
    try await end(shop, "14  The card is declined", token: "tok_declined", as: "paymentFailed")

    try await end(shop, "15  The shop rejects the order; the authorization is voided", token: "tok_visa", as: "rejected") {
      order in
      try await reach(order, .order, "paid")
      try await call(
        .POST, "/orders/\(order.id)/reject", ["reason": "닭이 다 떨어졌어요"], at: services.order, "order", as: owner)
    }

    try await end(shop, "16  The customer changes his mind", token: "tok_visa", as: "cancelled") { order in
      try await reach(order, .order, "paid")
      try await cancel(order)
    }

    try await end(shop, "17  Nobody at the shop answers", token: "tok_visa", as: "expired") { order in
      try await reach(order, .order, "paid")
      let saga = try await showSaga(of: order)
      guard let deadline = saga.deadline else { return }
      let seconds = max(0, deadline.milliseconds(since: .now())) / 1000
      guard seconds <= 60 else {
        // Deadlines of life and not of a demonstration.
        narration.note("the shop has \(seconds) s yet: too long for a walk, so the customer gives up")
        try await cancel(order)
        return
      }
      narration.note("in \(seconds) s the order expires by itself")
      try await reach(order, .order, "expired", within: .seconds(seconds) + Self.patience)
    }

    try await end(shop, "18  The card network charges and then says nothing", token: "tok_timeout", as: "cancelled") { order in
      try await showSaga(of: order)
      narration.note("no answer is not a no: payment hears by webhook what became of it, or asks, and tries nothing blindly")
      try await reach(order, .order, "paid")
      try await cancel(order)
    }
  }

  /// Places an order, lets `body` happen to it, and waits until nothing of it is left.
  private func end(
    _ shop: ShopView, _ title: String, token: String, as status: String, _ body: (WalkedOrder) async throws -> Void = { _ in }
  ) async throws {
    narration.chapter(title)
    try await following(try await place(shop, token: token)) { order in
      try await body(order)
      let isEnded = order.tracking.everything.contains { $0.part == .order && OrderStatus(rawValue: $0.status)?.isFinal == true }
      if !isEnded { try await reach(order, .order, status) }
      try await order.tracking.wait(for: .payment, "declined", "voided", within: Self.patience)
      try await showSagaSteps(of: order, ending: "compensated")
      try await showPayment(of: order)
    }
  }

  private func cancel(_ order: WalkedOrder) async throws {
    try await call(
      .POST, "/orders/\(order.id)/cancel", ["reason": "too hungry to wait"], at: services.order, "order", as: customer)
  }
}
