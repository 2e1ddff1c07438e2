import Contracts
import Projections
import ServiceDefaults
import Web

/// The composition root of the review service.
func buildReview(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  try await service.migrate(reviewMigrations)
  let store = PostgresReviewStore(postgres: service.postgres, committed: service.committed)
  service.republish(ReviewTable.self, RatingTable.self)
  let orders = AggregateClient<Order>(client: service.client(of: "order"), collection: "/orders")
  service.subscribe(to: "order", aggregate: "order", InvitationHandler(orders: orders, store: store))
  let commands = ReviewCommands(store: store, orders: OrderClient(client: orders))
  return try service.application(
    reviewRouter(store: store, commands: commands, health: service.health, authenticator: environment.verifier))
}
