import Contracts
import Events
import Idempotency
import Postgres
import Telemetry

/// Deliveries and offers in PostgreSQL. Each command is one statement; the relay is woken when it has committed.
struct PostgresDeliveryStore: DeliveryStore {
  let postgres: PostgresClient
  /// Wakes the relay.
  let committed: @Sendable () -> Void

  func request(_ deliveries: [NewDelivery]) async throws -> Int {
    let now = Timestamp.now()
    let made = try await postgres.write(
      InsertDeliveries(deliveries: deliveries, events: deliveries.map { _ in .v7(at: now) }))
    if !made.isEmpty { committed() }
    return made.count
  }

  func accept(_ target: DeliveryTarget) async throws -> AcceptAnswer {
    do {
      return try await carryOut(AcceptOffer(target: target, event: .now()), .accept, target)
    } catch let error as PostgresError where error.constraint == AcceptOffer.activeConstraint {
      throw RiderError.riderBusy
    }
  }

  func decline(_ target: DeliveryTarget) async throws -> Bool {
    try await carryOut(DeclineOffer(target: target), nil, target)
  }

  func advance(_ action: DeliveryAction, _ target: DeliveryTarget) async throws -> Document {
    try await carryOut(AdvanceDelivery(action: action, target: target, event: .now()), action, target)
  }

  func cancel(_ cancellation: Cancellation) async throws -> CancelAnswer {
    // A delivery that is made at the same moment lets the first try find nothing to do.
    for _ in 0..<3 {
      let statement = CancelDelivery(cancellation: cancellation, id: .v7(at: .now()), event: .now())
      if let answer = try await postgres.write(statement).first {
        committed()
        return answer
      }
      if let status = try await postgres.execute(SelectStatusOfOrder(order: cancellation.order)).first {
        try refuseIfIllegal(cancellation.action, status)
      }
    }
    throw PostgresError(.unavailable, message: "the delivery of order \(cancellation.order) changes all the time")
  }

  func delivery(_ id: Identifier, for reader: Reader) async throws -> Document {
    guard let delivery = try await postgres.execute(SelectDelivery(id: id, reader: reader)).first else {
      throw RiderError.unknownDelivery
    }
    guard delivery.json != nil else { throw RiderError.neverDelivered }
    return delivery
  }

  func deliveries(ofOrder order: Identifier, for reader: Reader) async throws -> [Document] {
    try await postgres.execute(SelectDeliveryOfOrder(order: order, reader: reader))
  }

  func deliveries(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectDeliveries(ids: ids))
  }

  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions(page: VersionPage(cursor: cursor, changedSince: changedSince, limit: limit)))
  }

  func openOffers(to rider: Identifier) async throws -> [[UInt8]] {
    guard let offer = try await postgres.execute(SelectOpenOffers(rider: rider)).first else { throw RiderError.unknownRider }
    return offer.map { [$0] } ?? []
  }

  /// Runs a rider's guarded statement; no row means that a guard refused it, and the reason is looked up only then.
  /// - Parameter action: `nil` for declining, which is about the offer only.
  private func carryOut<S: PostgresStatement>(
    _ statement: S, _ action: DeliveryAction?, _ target: DeliveryTarget
  ) async throws -> S.Row {
    if let row = try await postgres.write(statement).first {
      committed()
      return row
    }
    let state = try await postgres.execute(ExplainRefusal(id: target.id, rider: target.rider)).first
    if let state, state.isHis, state.status == action?.target, let row = try await postgres.write(statement).first {
      // The same command was under way already when this one began: now its answer is there.
      return row
    }
    throw refusal(of: action, target, state)
  }

  /// Why a rider's command found no row. To whom the delivery is nothing, it isn't there.
  private func refusal(of action: DeliveryAction?, _ target: DeliveryTarget, _ state: ExplainRefusal.Row?) -> RiderError {
    guard let state else { return .unknownDelivery }
    let isAboutOffer = action == nil || action == .accept
    guard state.isHis || state.offer == .open || isAboutOffer && state.offer != nil else { return .unknownDelivery }
    if let expected = target.expectedVersion, expected != state.version { return .versionMismatch(current: state.version) }
    if isAboutOffer, !state.isHis, let offer = state.offer, offer != .open { return .offerClosed(offer) }
    do throws(RiderError) {
      try refuseIfIllegal(action ?? .accept, state.status)
    } catch {
      return error
    }
    // Nothing refuses it now: another writer was in between, and its version is the one to look at.
    return .versionMismatch(current: state.version)
  }

  private func refuseIfIllegal(_ action: DeliveryAction, _ status: DeliveryStatus) throws(RiderError) {
    do throws(IllegalDeliveryTransition) {
      _ = try status.after(action)
    } catch {
      throw .illegalTransition(error)
    }
  }
}

extension PostgresDeliveryStore: RepublishSource {
  func subjects(of request: RepublishRequest, after cursor: Identifier?, limit: Int) async throws -> [RepublishSubject] {
    try await postgres.execute(SelectRepublishSubjects(page: RepublishPage(of: request, after: cursor, limit: limit)))
  }

  func count(of request: RepublishRequest) async throws -> Int64 {
    try await postgres.execute(CountRepublishSubjects(criteria: RepublishCriteria(request: request))).first ?? 0
  }
}
