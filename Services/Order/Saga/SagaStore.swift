import Contracts
import Failpoints
import Postgres

/// Where the orchestrator finds sagas and writes their moves: its own statements, and the order store's where an order moves too.
struct SagaStore: Sendable {
  let postgres: PostgresClient
  let orders: any OrderStore

  func saga(of order: Identifier) async throws -> SagaRecord? {
    try await sagas(of: [order]).first
  }

  func sagas(of orders: [Identifier]) async throws -> [SagaRecord] {
    try await postgres.execute(SelectSagas(orders: orders))
  }

  func claimDue(_ schedule: SagaSchedule, limit: Int) async throws -> [ClaimDueSagas.Row] {
    try await postgres.execute(ClaimDueSagas(now: schedule.now, lease: schedule.lease, limit: limit))
  }

  func orders(awaiting payments: [Identifier]) async throws -> [Identifier] {
    try await postgres.execute(SelectAwaitedPayments(payments: payments))
  }

  /// Writes a move, with what it does to the order, as one statement.
  /// - Returns: false if another writer was first: nothing was changed, and the saga must decide again on what that one left.
  func write(_ change: SagaChange, order action: OrderAction?, of order: Identifier) async throws -> Bool {
    guard let action else {
      Failpoint.beforeCommit.reach()
      let written = try await postgres.execute(UpdateSaga(order: order, change: change))
      Failpoint.afterCommit.reach()
      return !written.isEmpty
    }
    do {
      _ = try await orders.apply(action, to: order, expectedVersion: nil, actor: .saga, saga: change)
      return true
    } catch OrderError.sagaMoved, OrderError.illegalTransition, OrderError.contended {
      return false
    }
  }
}
