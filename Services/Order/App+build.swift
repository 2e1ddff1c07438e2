import Projections
import RuntimeConfiguration
import ServiceClient
import ServiceDefaults
import Web

/// The one place that puts the service together.
func buildOrder(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  let checkout = try CheckoutConfiguration(service.settings)
  let deadlines = try CheckoutConfiguration.deadlines(service.runtime)
  let isOpen = try service.runtime.bool("orders.open")
  try await service.migrate(orderMigrations)

  let (postgres, logger) = (service.postgres, service.logger)
  let (payments, riders) = (service.client(of: "payment"), service.client(of: "rider"))
  let copy = service.project(
    "shop", of: "shop", at: "/shops", into: ShopReplica(postgres: postgres),
    marker: PostgresRebuildMarker(postgres: postgres, builder: environment.instance))
  let clock = try await SagaClock(postgres: postgres, logger: logger)
  let schedule = SagaSchedule(clock: clock, configuration: checkout, deadlines: deadlines) {
    max(payments.configuration.deadline, riders.configuration.deadline)
  }
  let sagas = SagaQueue(limit: checkout.concurrency)
  let store = PostgresOrderStore(
    postgres: postgres, metrics: OrderMetrics(), committed: service.committed, sagaMoved: { sagas.wake($0) },
    knowsShops: { copy.isKnownToBeBuilt }, isOpen: { isOpen.value })
  service.republish(from: store)

  let sagaStore = SagaStore(postgres: postgres, orders: store)
  let steps = CheckoutSteps(
    store: sagaStore, payments: HTTPPaymentParticipant(client: payments), deliveries: HTTPDeliveryParticipant(client: riders),
    schedule: schedule, metrics: SagaMetrics())
  service.run(clock, CheckoutOrchestrator(steps: steps, queue: sagas, logger: logger))
  service.subscribe(to: "payment", aggregate: "payment", PaymentEventHandler(store: sagaStore) { sagas.wake($0) })
  service.subscribe(
    to: "rider", aggregate: "delivery",
    DeliveryEventHandler(source: AggregateClient(client: riders, collection: "/deliveries"), checkouts: steps) { sagas.wake($0) })
  service.health.add(.built("shops", copy))

  return try service.application(
    orderRouter(
      store: store, schedule: schedule, postgres: postgres, health: service.health, authenticator: environment.verifier))
}
