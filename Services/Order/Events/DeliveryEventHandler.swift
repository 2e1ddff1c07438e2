import Contracts
import Events
import Projections
import ServiceClient

/// The fields of a delivery that the saga decides on.
struct DeliverySnapshot: Sendable, Decodable, Aggregate {
  let id: Identifier
  let orderId: Identifier
  let status: DeliveryStatus
  let version: Int64
}

/// Fetches the changed deliveries of a batch in one call, and applies their statuses to the sagas.
struct DeliveryEventHandler: EventHandler {
  /// All but `.deliveryRequested`, which changes nothing for a saga.
  private static let relevantTypes: Set<EventType> = [
    .deliveryAssigned, .deliveryPickedUp, .deliveryDelivered, .deliveryCancelled,
  ]
  /// Sagas of a batch that are changed concurrently.
  private static let concurrency = 16

  let deliveries: AggregateClient<DeliverySnapshot>
  let checkouts: CheckoutSteps
  let wakeSaga: @Sendable (Identifier) -> Void

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    let relevant = changes.filter { !$0.types.isDisjoint(with: Self.relevantTypes) }
    let outcomes = await outcomes(of: relevant)
    return changes.map { outcomes[$0.subject] ?? .applied }
  }

  private func outcomes(of changes: [AggregateChange]) async -> [Identifier: ChangeOutcome] {
    guard !changes.isEmpty else { return [:] }
    do {
      let fetched = try await deliveries.fetch(changes.map(\.subject))
      var current: [DeliverySnapshot] = []
      var outcomes: [Identifier: ChangeOutcome] = [:]
      for change in changes {
        switch fetched[change.subject] {
        case .item(let delivery) where delivery.version >= change.sequence: current.append(delivery)
        case .item(let delivery):
          outcomes[change.subject] = .retry(
            reason: "the event is about version \(change.sequence), and version \(delivery.version) was fetched")
        case .unreadable(let reason): outcomes[change.subject] = .failed(reason: reason)
        // Deliveries are never deleted; one that the rider service does not know belongs to no order.
        case .deleted, .unknown, nil: break
        }
      }
      return try await apply(current).merging(outcomes) { applied, _ in applied }
    } catch let error as ServiceClientError {
      return Dictionary(uniqueKeysWithValues: changes.map { ($0.subject, .failed(callback: error)) })
    } catch {
      return Dictionary(uniqueKeysWithValues: changes.map { ($0.subject, .retry(reason: "\(error)")) })
    }
  }

  private func apply(_ deliveries: [DeliverySnapshot]) async throws -> [Identifier: ChangeOutcome] {
    guard !deliveries.isEmpty else { return [:] }
    let records = try await checkouts.store.sagas(of: deliveries.map(\.orderId))
    let sagas = Dictionary(records.map { ($0.order, $0) }) { first, _ in first }
    return await withTaskGroup(of: (Identifier, ChangeOutcome).self) { group in
      var outcomes: [Identifier: ChangeOutcome] = [:]
      for (index, delivery) in deliveries.enumerated() {
        if index >= Self.concurrency, let (id, outcome) = await group.next() { outcomes[id] = outcome }
        guard let record = sagas[delivery.orderId] else { continue }
        group.addTask { (delivery.id, await apply(delivery.status, to: record)) }
      }
      for await (id, outcome) in group { outcomes[id] = outcome }
      return outcomes
    }
  }

  private func apply(_ status: DeliveryStatus, to record: SagaRecord) async -> ChangeOutcome {
    do {
      if try await checkouts.apply(status, to: record) { wakeSaga(record.order) }
      return .applied
    } catch {
      return .retry(reason: "\(error)")
    }
  }
}
