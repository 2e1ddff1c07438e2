import Telemetry
import Contracts
import Projections
import ServiceClient

/// Finds an order for a viewer.
///
/// The event of a recently placed order may not have been consumed yet. If the id is that recent and not in the read model, the
/// order is fetched from its owner, so that customers can read their own writes.
struct FindOrder {
  /// The maximum age of an id, in milliseconds, for which the owner is queried: the time within which events are consumed, plus
  /// clock skew.
  private static let maximumAge: Int64 = 10_000

  let reader: HistoryReader
  let orders: Projection<PartReadModel<Order>>

  /// - Throws: ``HistoryError``: `unknownOrder`, `notBuilt`, `ownerUnavailable`.
  func find(_ id: Identifier, for viewer: Viewer) async throws -> OrderView {
    guard let view = try await view(of: id) else {
      throw try await reader.isBuilt() ? HistoryError.unknownOrder : HistoryError.notBuilt
    }
    guard viewer.canSee(view) else { throw HistoryError.unknownOrder }
    return view
  }

  private func view(of id: Identifier) async throws -> OrderView? {
    if let view = try await reader.view(of: id) { return view }
    guard let createdAt = id.createdAt, abs(Timestamp.now().milliseconds(since: createdAt)) < Self.maximumAge else { return nil }
    do {
      guard case .holds = try await orders.refresh([id])[id] else { return nil }
    } catch is ServiceClientError {
      throw HistoryError.ownerUnavailable
    }
    return try await reader.view(of: id)
  }
}
