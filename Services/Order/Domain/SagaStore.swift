import Contracts

/// The stored sagas. Changes that also change the order go through ``ChangeOrder``.
protocol SagaStore: Sendable {
  func sagas(of orders: [Identifier]) async throws -> [SagaRecord]

  /// Claims sagas that are due, the longest due first, until `lease`. Times are saga time in milliseconds.
  func claimDue(at now: Int64, until lease: Int64, limit: Int) async throws -> [DueSaga]

  /// The orders whose sagas do not know the outcome of their last call about one of these payments.
  func orders(awaiting payments: [Identifier]) async throws -> [Identifier]

  /// Writes a change that leaves the order unchanged.
  /// - Returns: false if the saga does not have the expected version; nothing was changed.
  func update(_ change: SagaChange, of order: Identifier) async throws -> Bool

  /// The number of sagas that have not ended.
  func countOpen() async throws -> [SagaStatus: Int64]

  /// - Throws: `OrderError.unknownOrder`, also if the viewer may not see the order.
  func view(of order: Identifier, for viewer: OrderActor) async throws -> SagaView
}

extension SagaStore {
  func saga(of order: Identifier) async throws -> SagaRecord? {
    try await sagas(of: [order]).first
  }
}
