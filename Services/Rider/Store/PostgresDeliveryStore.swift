import Contracts
import Events
import Persistence
import Postgres
import Telemetry

/// Stores deliveries and offers in PostgreSQL. Each command is one statement.
struct PostgresDeliveryStore: DeliveryStore {
  let postgres: PostgresClient
  /// Wakes the outbox relay; called after each commit with an event.
  let committed: @Sendable () -> Void

  func request(_ deliveries: [NewDelivery]) async throws -> Int {
    let now = Timestamp.now()
    let inserted = try await postgres.write(
      InsertDeliveries(deliveries: deliveries, events: deliveries.map { _ in .v7(at: now) }))
    if !inserted.isEmpty { committed() }
    return inserted.count
  }

  func accept(_ target: DeliveryTarget) async throws -> AcceptResult {
    do {
      return try await execute(AcceptOffer(target: target, event: .now()), .accept, target)
    } catch let error as PostgresError where error.constraint == AcceptOffer.activeConstraint {
      throw RiderError.riderBusy
    }
  }

  func decline(_ target: DeliveryTarget) async throws -> Bool {
    try await execute(DeclineOffer(target: target), nil, target)
  }

  func advance(_ action: DeliveryAction, _ target: DeliveryTarget) async throws -> Document {
    try await execute(AdvanceDelivery(action: action, target: target, event: .now()), action, target)
  }

  func cancel(_ cancellation: Cancellation) async throws -> CancelResult {
    // A concurrent insert of the delivery can make the first attempt find neither a row to update nor one to insert.
    for _ in 0..<3 {
      let statement = UpsertCancelledDelivery(cancellation: cancellation, id: .v7(at: .now()), event: .now())
      if let result = try await postgres.write(statement).first {
        committed()
        return result
      }
      if let status = try await postgres.execute(SelectStatusOfOrder(order: cancellation.order)).first {
        try throwIfIllegal(cancellation.action, status)
      }
    }
    throw PostgresError(
      .unavailable, message: "the delivery of order \(cancellation.order) was changed concurrently in each attempt")
  }

  func delivery(_ id: Identifier, for reader: Reader) async throws -> Document {
    guard let delivery = try await postgres.execute(SelectDelivery(id: id, reader: reader)).first else {
      throw RiderError.unknownDelivery
    }
    guard delivery.json != nil else { throw RiderError.cancelledBeforeRequest }
    return delivery
  }

  func deliveries(ofOrder order: Identifier, for reader: Reader) async throws -> [Document] {
    try await postgres.execute(SelectDeliveryOfOrder(order: order, reader: reader))
  }

  func deliveries(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectDeliveries(ids: ids))
  }

  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions<DeliveryTable>(after: cursor, changedSince: changedSince, limit: limit))
  }

  func openOffers(to rider: Identifier) async throws -> [[UInt8]] {
    guard let offer = try await postgres.execute(SelectOpenOffers(rider: rider)).first else { throw RiderError.unknownRider }
    return offer.map { [$0] } ?? []
  }

  /// Executes a rider's guarded statement. If it returns no row, a guard rejected it, and the reason is queried.
  /// - Parameter action: `nil` for declining, which changes only the offer.
  private func execute<S: PostgresStatement>(
    _ statement: S, _ action: DeliveryAction?, _ target: DeliveryTarget
  ) async throws -> S.Row {
    if let row = try await postgres.write(statement).first {
      committed()
      return row
    }
    let state = try await postgres.execute(SelectRejectionState(id: target.id, rider: target.rider)).first
    if let state, state.isAssignedToRider, state.status == action?.target, let row = try await postgres.write(statement).first {
      // The same command was executed concurrently and has committed: the statement returns its result.
      return row
    }
    throw rejection(of: action, target, state)
  }

  /// Why a rider's command was rejected. Deliveries that the rider may not see are unknown.
  private func rejection(of action: DeliveryAction?, _ target: DeliveryTarget, _ state: SelectRejectionState.Row?) -> RiderError {
    guard let state else { return .unknownDelivery }
    let changesOffer = action == nil || action == .accept
    guard state.isAssignedToRider || state.offer == .open || changesOffer && state.offer != nil else { return .unknownDelivery }
    if let expected = target.expectedVersion, expected != state.version { return .versionMismatch(current: state.version) }
    if changesOffer, !state.isAssignedToRider, let offer = state.offer, offer != .open { return .offerClosed(offer) }
    do throws(RiderError) {
      try throwIfIllegal(action ?? .accept, state.status)
    } catch {
      return error
    }
    // The command would be legal now: another writer changed the delivery in between.
    return .versionMismatch(current: state.version)
  }

  private func throwIfIllegal(_ action: DeliveryAction, _ status: DeliveryStatus) throws(RiderError) {
    do throws(IllegalDeliveryTransition) {
      _ = try status.after(action)
    } catch {
      throw .illegalTransition(error)
    }
  }
}
