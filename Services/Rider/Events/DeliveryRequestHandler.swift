import Contracts
import Events
import Metrics
import Postgres
import Projections
import ServiceClient
import Telemetry

/// Consumes `order.accepted`: fetches the orders from the order service and requests their deliveries.
///
/// All other events of orders are ignored. Deliveries are cancelled by the checkout saga's command, not by an event.
struct DeliveryRequestHandler: EventHandler {
  private let orders: AggregateClient<Order>
  private let store: any DeliveryStore
  private let onRequest: @Sendable () -> Void
  private let freshness = Timer(label: "event_freshness_seconds", dimensions: [("service", "rider")])

  /// - Parameter onRequest: called when deliveries were inserted.
  init(orders: AggregateClient<Order>, store: any DeliveryStore, onRequest: @escaping @Sendable () -> Void) {
    self.orders = orders
    self.store = store
    self.onRequest = onRequest
  }

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    let accepted = changes.filter { $0.types.contains(.orderAccepted) }
    guard !accepted.isEmpty else { return changes.map { _ in .applied } }
    do {
      let results = try await orders.fetch(accepted.map(\.subject))
      let outcomes = await apply(accepted, results)
      return changes.map { outcomes[$0.subject] ?? .applied }
    } catch let error as ServiceClientError {
      return changes.map { $0.types.contains(.orderAccepted) ? .failed(callback: error) : .applied }
    } catch {
      return changes.map { $0.types.contains(.orderAccepted) ? .retry(reason: "\(error)") : .applied }
    }
  }

  private func apply(
    _ changes: [AggregateChange], _ results: [Identifier: AggregateClient<Order>.FetchResult]
  ) async -> [Identifier: ChangeOutcome] {
    var outcomes: [Identifier: ChangeOutcome] = [:]
    var deliveries: [NewDelivery] = []
    let now = Timestamp.now()
    for change in changes {
      switch results[change.subject] ?? .unknown {
      case .item(let order) where order.version < change.sequence:
        outcomes[change.subject] = .retry(
          reason: "the event announced version \(change.sequence), but the order service returned version \(order.version)")
      case .item(let order):
        // An order in a later status has its delivery already, or doesn't need one.
        guard order.status == .accepted else { continue }
        deliveries.append(NewDelivery(id: .v7(at: now), order: order, traceparent: change.traceparent))
      case .deleted, .unknown:
        outcomes[change.subject] = .failed(reason: "the order service does not have the order that it announced")
      case .unreadable(let reason):
        outcomes[change.subject] = .failed(reason: reason)
      }
    }
    outcomes.merge(await request(deliveries)) { first, _ in first }
    for change in changes where outcomes[change.subject] ?? .applied == .applied {
      freshness.recordNanoseconds(max(0, now.milliseconds(since: change.time)) * 1_000_000)
    }
    return outcomes
  }

  /// Inserts the deliveries in one statement. If the database rejects it, the batch is bisected until the invalid delivery is alone.
  private func request(_ deliveries: [NewDelivery]) async -> [Identifier: ChangeOutcome] {
    guard !deliveries.isEmpty else { return [:] }
    do {
      if try await store.request(deliveries) > 0 { onRequest() }
      return [:]
    } catch let error as PostgresError where !error.isTransient && deliveries.count > 1 {
      let halves = deliveries.chunks(of: (deliveries.count + 1) / 2)
      return await request(halves[0]).merging(await request(halves[1])) { first, _ in first }
    } catch {
      let outcome = Self.outcome(of: error)
      return Dictionary(deliveries.map { ($0.order.id, outcome) }) { first, _ in first }
    }
  }

  private static func outcome(of error: any Error) -> ChangeOutcome {
    switch error {
    case let error as PostgresError where error.isTransient || error.code == .cancelled: .retry(reason: "\(error)")
    case is CancellationError: .retry(reason: "stopping")
    default: .failed(reason: "\(error)")
    }
  }
}
