import Projections
import Contracts
import ServiceDefaults
import Web

/// The one place that puts the service together.
func buildReview(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  try await service.migrate(reviewMigrations)
  let store = PostgresReviewStore(postgres: service.postgres, committed: service.committed)
  service.republish(from: store)
  let orders = AggregateClient<Order>(client: service.client(of: "order"), collection: "/orders")
  service.subscribe(to: "order", aggregate: "order", InvitationHandler(orders: orders, store: store))
  return try service.application(
    reviewRouter(
      store: store, orders: CallbackOrders(source: orders), health: service.health, authenticator: environment.verifier))
}
