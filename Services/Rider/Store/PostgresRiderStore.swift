import Contracts
import Events
import Persistence
import Postgres

/// Stores riders and positions in PostgreSQL. Each command is one statement.
struct PostgresRiderStore: RiderStore {
  let postgres: PostgresClient
  /// Wakes the outbox relay; called after each commit with an event.
  let committed: @Sendable () -> Void

  func register(_ rider: NewRider) async throws -> Document {
    guard let document = try await postgres.write(InsertRider(rider: rider, event: .now())).first else {
      throw RiderError.riderExists
    }
    committed()
    return document
  }

  func rider(_ id: Identifier) async throws -> Document {
    guard let rider = try await postgres.execute(SelectRider(id: id)).first else { throw RiderError.unknownRider }
    return rider
  }

  func setStatus(_ status: RiderStatus, of target: RiderTarget) async throws -> StatusChangeResult {
    let statement = UpdateRiderStatus(target: target, status: status, event: .now())
    guard let result = try await postgres.write(statement).first else { throw try await rejection(of: status, for: target) }
    committed()
    return result
  }

  func isOnline(_ rider: Identifier) async throws -> Bool? {
    try await postgres.execute(SelectRiderState(id: rider)).first?.isOnline
  }

  func onlineRiders() async throws -> [OnlineRider] {
    try await postgres.execute(SelectOnlineRiders())
  }

  func write(_ positions: [RiderPosition]) async throws {
    _ = try await postgres.execute(UpsertPositions(positions: positions))
  }

  private func rejection(of status: RiderStatus, for target: RiderTarget) async throws -> RiderError {
    guard let rider = try await postgres.execute(SelectRiderState(id: target.id)).first else { return .unknownRider }
    if let expected = target.expectedVersion, expected != rider.version { return .versionMismatch(current: rider.version) }
    // Going online is always allowed: another writer changed the rider in between.
    return status == .offline ? .hasActiveDelivery : .versionMismatch(current: rider.version)
  }
}
