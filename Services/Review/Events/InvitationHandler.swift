import Contracts
import Events
import Metrics
import Projections
import Telemetry

/// Consumes `order.delivered`: fetches the orders from the order service and stores invitations for their customers.
struct InvitationHandler: EventHandler {
  private let orders: AggregateClient<Order>
  private let store: any ReviewStore
  private let freshness = Timer(label: "event_freshness_seconds", dimensions: [("service", "review")])

  init(orders: AggregateClient<Order>, store: any ReviewStore) {
    self.orders = orders
    self.store = store
  }

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    let delivered = changes.filter { $0.types.contains(.orderDelivered) }
    guard !delivered.isEmpty else { return changes.map { _ in .applied } }
    do {
      let outcomes = try await invite(delivered)
      return changes.map { outcomes[$0.subject] ?? .applied }
    } catch {
      let outcome = ChangeOutcome.failed(error)
      return changes.map { $0.types.contains(.orderDelivered) ? outcome : .applied }
    }
  }

  private func invite(_ changes: [AggregateChange]) async throws -> [Identifier: ChangeOutcome] {
    let results = try await orders.fetch(changes.map(\.subject))
    var invitations: [Invitation] = []
    var outcomes: [Identifier: ChangeOutcome] = [:]
    for change in changes {
      switch results[change.subject] ?? .unknown {
      case .item(let order):
        if let invitation = Invitation(order) {
          invitations.append(invitation)
        } else if order.version < change.sequence {
          outcomes[change.subject] = .retry(
            reason: "the event announced version \(change.sequence), but the order service returned version \(order.version)")
        }
      case .unreadable(let reason):
        outcomes[change.subject] = .failed(reason: reason)
      case .deleted, .unknown:
        break
      }
    }
    try await store.invite(invitations)
    let now = Timestamp.now()
    for change in changes where outcomes[change.subject] == nil {
      freshness.recordNanoseconds(max(0, now.milliseconds(since: change.time)) * 1_000_000)
    }
    return outcomes
  }
}
