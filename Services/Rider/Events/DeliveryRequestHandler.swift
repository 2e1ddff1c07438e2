import Contracts
import Events
import Postgres
import Projections
import Telemetry

/// Consumes `order.accepted`: fetches the orders from the order service and requests their deliveries.
///
/// All other events of orders are ignored. Deliveries are cancelled by the checkout saga's command, not by an event.
struct DeliveryRequestHandler: EventHandler {
  private let accepted: AggregateEventHandler<Order>

  /// - Parameter onRequest: called when deliveries were inserted.
  init(orders: AggregateClient<Order>, store: any DeliveryStore, onRequest: @escaping @Sendable () -> Void) {
    accepted = AggregateEventHandler(
      [.orderAccepted], from: orders,
      absent: .failed(reason: "the order service does not have the order that it announced"), service: "rider"
    ) { fetched in
      let now = Timestamp.now()
      // An order in a later status has its delivery already, or doesn't need one.
      let deliveries = fetched.filter { $0.item.status == .accepted }.map {
        NewDelivery(id: .v7(at: now), order: $0.item, traceparent: $0.change.traceparent)
      }
      return await Self.request(deliveries, in: store, onRequest)
    }
  }

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    await accepted.handle(changes)
  }

  /// Inserts the deliveries in one statement. If the database rejects it, the batch is bisected until the invalid delivery is alone.
  private static func request(
    _ deliveries: [NewDelivery], in store: any DeliveryStore, _ onRequest: @Sendable () -> Void
  ) async -> [Identifier: ChangeOutcome] {
    guard !deliveries.isEmpty else { return [:] }
    do {
      if try await store.request(deliveries) > 0 { onRequest() }
      return [:]
    } catch let error as PostgresError where !error.isTransient && error.code != .cancelled && deliveries.count > 1 {
      let halves = deliveries.chunks(of: (deliveries.count + 1) / 2)
      return await request(halves[0], in: store, onRequest)
        .merging(await request(halves[1], in: store, onRequest)) { first, _ in first }
    } catch {
      let outcome = ChangeOutcome.failed(error)
      return Dictionary(deliveries.map { ($0.order.id, outcome) }) { first, _ in first }
    }
  }
}
