import Contracts
import Idempotency
import Telemetry

/// Places an order at the shop's current prices and starts its checkout saga.
struct PlaceOrder: Sendable {
  let store: any OrderStore
  let plan: any CheckoutPlan
  let notifier: OrderChangeNotifier
  /// Whether every existing shop has been replicated once.
  let isShopReplicaComplete: @Sendable () -> Bool
  /// Whether new orders are accepted.
  var isOpen: @Sendable () -> Bool = { true }

  /// - Returns: the order's document; the first response, as a replay, if the request was executed before.
  /// - Throws: `OrderError`; `IdempotencyKeyReused`.
  func execute(_ order: NewOrder, request: IdempotentRequest) async throws -> Document {
    let found = try await store.lookUpShop(for: order, request: request)
    if let response = found.firstResponse { return response }
    guard isOpen() else { throw OrderError.ordersClosed }
    guard let shop = found.shop else { throw isShopReplicaComplete() ? OrderError.unknownShop : .shopReplicaIncomplete }
    let now = Timestamp.now()
    let placement = try OrderRules.placement(of: order, from: shop, id: .v7(at: now), paymentId: .v7(at: now))
    let response = try await store.insert(
      placement, at: now, cardToken: order.cardToken, saga: plan.initialChange(), request: request)
    if !response.isReplay { notifier.committed(placement.id, .placed, resumesSaga: true) }
    return response
  }
}
