import Projections
import Contracts
import Redis
import ServiceDefaults
import Web

/// The one place that puts the service together.
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
      lookup: OrderLookup(reader: reader, orders: orders.projection), hub: hub, health: service.health,
      authenticator: environment.verifier))
}

extension QueryService {
  /// Keeps one of the three kinds of documents as its owner shows it.
  ///
  /// Histories are long: what changed lately is compared often, all of them seldom. A lost read model is noticed all the same.
  fileprivate func projectPart<Item: CompactRecord>(
    _ item: Item.Type, _ aggregate: String, of source: String, at collection: String
  ) -> ProjectionReconciliation<PartReadModel<Item>> {
    project(
      aggregate, of: source, at: collection, into: PartReadModel<Item>(redis: cache), marker: HistoryKeys.mark(Item.part, cache),
      fullComparison: .seconds(21_600))
  }
}
