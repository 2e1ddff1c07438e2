import Projections
import Contracts
import Events
import Metrics
import Postgres
import ServiceClient
import Telemetry

/// Hears that orders were accepted, calls the order service back for them, and makes their deliveries.
///
/// Nothing else that happens to an order is work for riders: what must be called off, the checkout saga calls off.
struct DeliveryRequestHandler: EventHandler {
  private let source: AggregateClient<Order>
  private let store: any DeliveryStore
  private let requested: @Sendable () -> Void
  private let freshness = Timer(label: "event_freshness_seconds", dimensions: [("service", "rider")])

  /// - Parameter requested: called when there are new deliveries.
  init(source: AggregateClient<Order>, store: any DeliveryStore, requested: @escaping @Sendable () -> Void) {
    self.source = source
    self.store = store
    self.requested = requested
  }

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    let accepted = changes.filter { $0.types.contains(.orderAccepted) }
    guard !accepted.isEmpty else { return changes.map { _ in .applied } }
    do {
      let answers = try await source.fetch(accepted.map(\.subject))
      let outcomes = await apply(accepted, answers)
      return changes.map { outcomes[$0.subject] ?? .applied }
    } catch let error as ServiceClientError {
      return changes.map { $0.types.contains(.orderAccepted) ? .failed(callback: error) : .applied }
    } catch {
      return changes.map { $0.types.contains(.orderAccepted) ? .retry(reason: "\(error)") : .applied }
    }
  }

  private func apply(
    _ changes: [AggregateChange], _ answers: [Identifier: AggregateClient<Order>.FetchResult]
  ) async -> [Identifier: ChangeOutcome] {
    var outcomes: [Identifier: ChangeOutcome] = [:]
    var wanted: [NewDelivery] = []
    let now = Timestamp.now()
    for change in changes {
      switch answers[change.subject] ?? .unknown {
      case .item(let order) where order.version < change.sequence:
        outcomes[change.subject] = .retry(reason: "version \(change.sequence) was announced, and \(order.version) answered")
      case .item(let order):
        // An order that has gone on or come to an end meanwhile has its delivery, or needs none.
        guard order.status == .accepted else { continue }
        wanted.append(NewDelivery(id: .v7(at: now), order: order, traceparent: change.traceparent))
      case .deleted, .unknown:
        outcomes[change.subject] = .failed(reason: "the order service doesn't know the order that it announced")
      case .unreadable(let reason):
        outcomes[change.subject] = .failed(reason: reason)
      }
    }
    outcomes.merge(await request(wanted)) { first, _ in first }
    for change in changes where outcomes[change.subject] ?? .applied == .applied {
      freshness.recordNanoseconds(max(0, now.milliseconds(since: change.time)) * 1_000_000)
    }
    return outcomes
  }

  /// Makes the deliveries in one statement; if the database refuses it, in halves, until the one that can't be made is alone.
  private func request(_ deliveries: [NewDelivery]) async -> [Identifier: ChangeOutcome] {
    guard !deliveries.isEmpty else { return [:] }
    do {
      if try await store.request(deliveries) > 0 { requested() }
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
