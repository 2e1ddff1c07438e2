import Contracts
import Projections
import ServiceDefaults
import Web

/// The composition root of the rider service.
func buildRider(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  let configuration = try Dispatcher.Configuration(service.runtime)
  try await service.migrate(riderMigrations)
  let (postgres, logger) = (service.postgres, service.logger)
  let riders = PostgresRiderStore(postgres: postgres, committed: service.committed)
  let deliveries = PostgresDeliveryStore(postgres: postgres, committed: service.committed)
  let dispatch = PostgresDispatchStore(postgres: postgres)
  service.republish(DeliveryTable.self, RiderTable.self)

  let pool = RiderPool()
  let metrics = DispatchMetrics()
  let polls = OfferPolls(deliveries: deliveries, dispatch: dispatch, logger: logger)
  let dispatcher = Dispatcher(
    configuration: configuration, store: dispatch, riders: riders, pool: pool, polls: polls, metrics: metrics, logger: logger)
  service.run(PositionWriter(store: riders, pool: pool, logger: logger), polls, dispatcher)

  let orders = AggregateClient<Order>(client: service.client(of: "order"), collection: "/orders")
  service.subscribe(
    to: "order", aggregate: "order",
    DeliveryRequestHandler(orders: orders, store: deliveries, onRequest: { dispatcher.wake() }))

  let riderCommands = RiderCommands(store: riders, pool: pool, dispatcher: dispatcher, metrics: metrics)
  let deliveryCommands = DeliveryCommands(store: deliveries, pool: pool, dispatcher: dispatcher, metrics: metrics)
  return try service.application(
    riderRouter(
      RiderRoutes(commands: riderCommands, store: riders, polls: polls),
      DeliveryRoutes(commands: deliveryCommands, store: deliveries), health: service.health,
      authenticator: environment.verifier))
}
