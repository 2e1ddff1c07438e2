import Contracts
import Projections
import Redis
import ServiceDefaults
import Web

/// Constructs the service.
func buildOrderHistory(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try QueryService(environment)
  let orders = service.projectPart(Order.self, "order", of: "order", at: "/orders")
  _ = service.projectPart(Payment.self, "payment", of: "payment", at: "/payments")
  _ = service.projectPart(Delivery.self, "delivery", of: "rider", at: "/deliveries")

  let reader = HistoryReader(redis: service.cache)
  let hub = TrackingHub(reader: reader, logger: service.logger)
  let invalidation = try service.invalidation(prefixes: [HistoryKeys.orderPrefix]) { hub.receive($0) }
  service.run(hub, invalidation, TrackingDrain(hub: hub, health: service.health))
  service.health.add(
    .built("read model", orders), .connected("tracking", isRequired: false) { invalidation.isConnected })

  return try service.application(
    orderHistoryRouter(
      findOrder: FindOrder(reader: reader, orders: orders.projection), listOrders: ListOrders(reader: reader), hub: hub,
      health: service.health, authenticator: environment.verifier))
}

extension QueryService {
  /// Projects one part of the histories from its owner.
  ///
  /// Histories are long, so everything is compared only every six hours; recent changes are compared at the usual interval. The
  /// loss of the read model is detected by its marker, independently of both.
  fileprivate func projectPart<Item: CompactRecord>(
    _ item: Item.Type, _ aggregate: String, of source: String, at collection: String
  ) -> ProjectionReconciliation<PartReadModel<Item>> {
    project(
      aggregate, of: source, at: collection, into: PartReadModel<Item>(redis: cache),
      marker: HistoryKeys.marker(Item.part, cache),
      fullComparison: .seconds(21_600))
  }
}
