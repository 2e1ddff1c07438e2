import Contracts
import Persistence
import Postgres

/// The sagas in PostgreSQL. Each method executes one statement.
struct PostgresSagaStore: SagaStore {
  let postgres: PostgresClient

  func sagas(of orders: [Identifier]) async throws -> [SagaRecord] {
    try await postgres.execute(SelectSagas(orders: orders))
  }

  func claimDue(at now: Int64, until lease: Int64, limit: Int) async throws -> [DueSaga] {
    try await postgres.execute(ClaimDueSagas(now: now, lease: lease, limit: limit))
  }

  func orders(awaiting payments: [Identifier]) async throws -> [Identifier] {
    try await postgres.execute(SelectAwaitedPayments(payments: payments))
  }

  func update(_ change: SagaChange, of order: Identifier) async throws -> Bool {
    try await !postgres.write(UpdateSaga(order: order, change: change)).isEmpty
  }

  func countOpen() async throws -> [SagaStatus: Int64] {
    Dictionary(uniqueKeysWithValues: try await postgres.execute(CountOpenSagas()))
  }

  func view(of order: Identifier, for viewer: OrderActor) async throws -> SagaView {
    guard let view = try await postgres.execute(SelectSagaView(id: order, viewer: viewer)).first else {
      throw OrderError.unknownOrder
    }
    return view
  }
}
