import Projections
import Contracts
import Events
import Metrics
import Postgres
import ServiceClient
import Telemetry

/// Hears that orders were delivered, calls the order service back for who ordered where, and invites the customers.
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
      let outcome = Self.outcome(of: error)
      return changes.map { $0.types.contains(.orderDelivered) ? outcome : .applied }
    }
  }

  private func invite(_ changes: [AggregateChange]) async throws -> [Identifier: ChangeOutcome] {
    let answers = try await orders.fetch(changes.map(\.subject))
    var invitations: [Invitation] = []
    var outcomes: [Identifier: ChangeOutcome] = [:]
    for change in changes {
      switch answers[change.subject] ?? .unknown {
      case .item(let order):
        if let invitation = Invitation(order) {
          invitations.append(invitation)
        } else if order.version < change.sequence {
          outcomes[change.subject] = .retry(
            reason: "version \(change.sequence) was announced, and \(order.version) answered")
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

  private static func outcome(of error: any Error) -> ChangeOutcome {
    switch error {
    case let error as ServiceClientError: .failed(callback: error)
    case let error as PostgresError where error.isTransient: .retry(reason: "postgres: \(error)")
    case is CancellationError: .retry(reason: "stopping")
    default: .failed(reason: "\(error)")
    }
  }
}
