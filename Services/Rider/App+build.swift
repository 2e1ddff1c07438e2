import Projections
import ServiceDefaults
import Web

/// The one place that puts the service together.
func buildRider(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  let dispatching = try Dispatcher.Configuration(service.runtime)
  try await service.migrate(riderMigrations)
  let (postgres, logger) = (service.postgres, service.logger)
  let riders = PostgresRiderStore(postgres: postgres, committed: service.committed)
  let deliveries = PostgresDeliveryStore(postgres: postgres, committed: service.committed)
  let dispatch = PostgresDispatchStore(postgres: postgres)
  service.republish(from: deliveries)

  let pool = RiderPool()
  let metrics = DispatchMetrics()
  let polls = OfferPolls(deliveries: deliveries, dispatch: dispatch, logger: logger)
  let dispatcher = Dispatcher(
    configuration: dispatching, store: dispatch, riders: riders, pool: pool, polls: polls, metrics: metrics, logger: logger)
  service.run(PositionWriter(store: riders, pool: pool, logger: logger), polls, dispatcher)
  service.subscribe(
    to: "order", aggregate: "order",
    DeliveryRequestHandler(source: AggregateClient(client: service.client(of: "order"), collection: "/orders"), store: deliveries)
    {
      dispatcher.wake()
    })

  return try service.application(
    riderRouter(
      riders: RiderCommands(store: riders, pool: pool, dispatcher: dispatcher, metrics: metrics),
      deliveries: DeliveryCommands(store: deliveries, pool: pool, dispatcher: dispatcher, metrics: metrics), polls: polls,
      store: deliveries, health: service.health, authenticator: environment.verifier))
}
