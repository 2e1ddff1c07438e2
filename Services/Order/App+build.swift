import Concurrency
import Projections
import RuntimeConfiguration
import ServiceClient
import ServiceDefaults
import Web

/// Constructs the service.
func buildOrder(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  let checkout = try CheckoutConfiguration(service.settings)
  let deadlines = try CheckoutConfiguration.deadlines(service.runtime)
  let isOpen = try service.runtime.bool("orders.open")
  try await service.migrate(orderMigrations)

  let (postgres, logger) = (service.postgres, service.logger)
  let (payments, riders) = (service.client(of: "payment"), service.client(of: "rider"))
  let shops = service.project(
    "shop", of: "shop", at: "/shops", into: ShopReplica(postgres: postgres),
    marker: PostgresRebuildMarker(postgres: postgres, builder: environment.instance))
  service.health.add(.built("shops", shops))

  let clock = try await SagaClock(postgres: postgres)
  let schedule = SagaSchedule(
    configuration: checkout, deadlines: deadlines,
    callDeadline: { max(payments.configuration.deadline, riders.configuration.deadline) }, time: { clock.now })
  let queue = SagaQueue(limit: checkout.concurrency)
  let notifier = OrderChangeNotifier(metrics: OrderMetrics(), wakeRelay: service.committed, wakeSaga: { queue.wake($0) })

  let store = PostgresOrderStore(postgres: postgres)
  let placeOrder = PlaceOrder(
    store: store, plan: schedule, notifier: notifier, isShopReplicaComplete: { shops.isKnownToBeBuilt },
    isOpen: { isOpen.value })
  let changeOrder = ChangeOrder(store: store, plan: schedule, notifier: notifier)
  service.republish(OrderTable.self)

  let sagas = PostgresSagaStore(postgres: postgres)
  let steps = CheckoutSteps(
    store: sagas, changeOrder: changeOrder, payments: HTTPPaymentParticipant(client: payments),
    deliveries: HTTPDeliveryParticipant(client: riders), schedule: schedule, metrics: SagaMetrics())
  service.run(
    PeriodicJob("advance saga time", every: .seconds(1), logger: logger) { try await clock.tick() },
    CheckoutOrchestrator(steps: steps, queue: queue, logger: logger))
  service.subscribe(to: "payment", aggregate: "payment", PaymentEventHandler(store: sagas, wakeSaga: { queue.wake($0) }))
  let deliveries = AggregateClient<DeliverySnapshot>(client: riders, collection: "/deliveries")
  service.subscribe(
    to: "rider", aggregate: "delivery",
    DeliveryEventHandler(deliveries: deliveries, checkouts: steps, wakeSaga: { queue.wake($0) }))

  return try service.application(
    orderRouter(
      store: store, sagas: sagas, placeOrder: placeOrder, changeOrder: changeOrder, schedule: schedule, health: service.health,
      authenticator: environment.verifier))
}
