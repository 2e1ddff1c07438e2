import Projections
import Contracts
import ServiceClient
import Telemetry
import Web

/// Finds an order for somebody who may see it.
///
/// An order that isn't held may only be too young: its event is still on the way. If its id says so, its owner is asked, once, so that who has
/// just placed an order also sees it.
struct OrderLookup {
  /// How old an order may be that is looked for at its owner: what the promise of freshness allows, and the difference of clocks.
  private static let youth: Int64 = 10_000

  let reader: HistoryReader
  let orders: Projection<PartReadModel<Order>>

  /// - Throws: 404 `order_not_found`, also if `viewer` may not see it; 503 if it may be there.
  func find(_ id: Identifier, for viewer: Viewer) async throws -> OrderView {
    guard let view = try await held(id) else {
      guard try await reader.isBuilt() else { throw Problem.unavailable("the read model is being built") }
      throw Problem.orderNotFound
    }
    guard viewer.sees(view) else { throw Problem.orderNotFound }
    return view
  }

  private func held(_ id: Identifier) async throws -> OrderView? {
    if let view = try await reader.view(of: id) { return view }
    guard let createdAt = id.createdAt, abs(Timestamp.now().milliseconds(since: createdAt)) < Self.youth else { return nil }
    do {
      guard case .holds = try await orders.refresh([id])[id] else { return nil }
    } catch is ServiceClientError {
      throw Problem.unavailable("an order as young as this may not be known here yet, and its owner can't be asked")
    }
    return try await reader.view(of: id)
  }
}

extension Problem {
  static let orderNotFound = Problem.notFound("order_not_found", "there is no order with this id")
}
