import Contracts
import Idempotency
import Telemetry

/// Executes an action on an order: loads it, decides by ``OrderTransitions``, and writes the event, the snapshot, the outbox row
/// and the saga's change in one statement. After a concurrent write it decides again on the new state.
///
/// An action that leads to the order's current status changes nothing, not even the saga, and returns the order.
struct ChangeOrder: Sendable {
  /// Attempts while concurrent writers change the order; an order has fewer versions than that.
  private static let attempts = 10

  let store: any OrderStore
  let plan: any CheckoutPlan
  let notifier: OrderChangeNotifier

  /// A command of the customer or the owner, which also moves the saga to its next step.
  /// - Parameter expectedVersion: from `If-Match`.
  /// - Throws: `OrderError`; `.unknownOrder` if it is not the actor's order.
  func execute(
    _ action: OrderAction, on id: Identifier, by actor: OrderActor, expectedVersion: Int64? = nil
  ) async throws -> Document {
    try await execute(action, on: id, by: actor, expectedVersion: expectedVersion, saga: plan.change(after: action))
  }

  /// An action of the saga, with the saga's own change.
  /// - Throws: `OrderError`; `.sagaChanged` if the saga does not have the version that `saga` was decided on.
  func execute(_ action: OrderAction, on id: Identifier, saga: SagaChange) async throws {
    _ = try await execute(action, on: id, by: .saga, expectedVersion: nil, saga: saga)
  }

  /// - Parameter saga: `nil` leaves the saga unchanged.
  func execute(
    _ action: OrderAction, on id: Identifier, by actor: OrderActor, expectedVersion: Int64?, saga: SagaChange?
  ) async throws -> Document {
    var conflictingVersion: Int64?
    for _ in 0..<Self.attempts {
      let current = try await store.snapshot(of: id, for: actor)
      let (order, version) = (current.order, current.order.version)
      if let expectedVersion, expectedVersion != version { throw OrderError.versionMismatch(current: version) }
      // The last attempt failed although the order had this version, so the saga's version was the wrong one.
      if conflictingVersion == version { throw OrderError.sagaChanged }
      guard let event = try order.event(for: action) else { return current.document }
      var next = order
      // The wall clock may have been set back; the times of a history don't decrease.
      guard next.apply(event, at: max(.now(), order.updatedAt)) else {
        throw OrderError.illegalTransition(order.status, action)
      }
      if let document = try await store.append(event, to: next, by: actor, saga: saga) {
        notifier.committed(id, next.status, resumesSaga: saga != nil && actor != .saga)
        return document
      }
      conflictingVersion = version
    }
    throw OrderError.contended
  }
}
