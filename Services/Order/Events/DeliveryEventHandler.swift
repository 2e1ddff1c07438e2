import Projections
import Contracts
import Events
import Postgres
import ServiceClient

/// What the checkout reads of a delivery.
struct DeliverySnapshot: Sendable, Decodable, Aggregate {
  let id: Identifier
  let orderId: Identifier
  let status: DeliveryStatus
  let version: Int64
}

/// Hears how deliveries go on, calls the rider service back for all of a batch at once, and tells the sagas.
struct DeliveryEventHandler: EventHandler {
  /// That one was requested is what the saga waits for anyway.
  private static let steps: Set<EventType> = [.deliveryAssigned, .deliveryPickedUp, .deliveryDelivered, .deliveryCancelled]
  /// Sagas of a batch that are told at the same time.
  private static let concurrency = 16

  let source: AggregateClient<DeliverySnapshot>
  let checkouts: CheckoutSteps
  /// Has a saga worked on.
  let wake: @Sendable (Identifier) -> Void

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    let interesting = changes.filter { !$0.types.isDisjoint(with: Self.steps) }
    let outcomes = await outcomes(of: interesting)
    return changes.map { outcomes[$0.subject] ?? .applied }
  }

  private func outcomes(of changes: [AggregateChange]) async -> [Identifier: ChangeOutcome] {
    guard !changes.isEmpty else { return [:] }
    do {
      let answers = try await source.fetch(changes.map(\.subject))
      var deliveries: [DeliverySnapshot] = []
      var outcomes: [Identifier: ChangeOutcome] = [:]
      for change in changes {
        switch answers[change.subject] {
        case .item(let delivery) where delivery.version >= change.sequence: deliveries.append(delivery)
        case .item(let delivery):
          outcomes[change.subject] = .retry(reason: "version \(change.sequence) was announced, and \(delivery.version) answered")
        case .unreadable(let reason): outcomes[change.subject] = .failed(reason: reason)
        // Deliveries are never deleted; one that is unknown is nobody's.
        case .deleted, .unknown, nil: break
        }
      }
      return try await tell(deliveries).merging(outcomes) { told, _ in told }
    } catch let error as ServiceClientError {
      return Dictionary(uniqueKeysWithValues: changes.map { ($0.subject, .failed(callback: error)) })
    } catch {
      return Dictionary(uniqueKeysWithValues: changes.map { ($0.subject, .retry(reason: "\(error)")) })
    }
  }

  private func tell(_ deliveries: [DeliverySnapshot]) async throws -> [Identifier: ChangeOutcome] {
    guard !deliveries.isEmpty else { return [:] }
    let records = try await checkouts.store.sagas(of: deliveries.map(\.orderId))
    let sagas = Dictionary(records.map { ($0.order, $0) }) { first, _ in first }
    return await withTaskGroup(of: (Identifier, ChangeOutcome).self) { group in
      var outcomes: [Identifier: ChangeOutcome] = [:]
      for (index, delivery) in deliveries.enumerated() {
        if index >= Self.concurrency, let (id, outcome) = await group.next() { outcomes[id] = outcome }
        guard let record = sagas[delivery.orderId] else { continue }
        group.addTask { (delivery.id, await tell(record, delivery)) }
      }
      for await (id, outcome) in group { outcomes[id] = outcome }
      return outcomes
    }
  }

  private func tell(_ record: SagaRecord, _ delivery: DeliverySnapshot) async -> ChangeOutcome {
    do {
      if try await checkouts.tell(record, delivery.status) { wake(record.order) }
      return .applied
    } catch {
      return .retry(reason: "\(error)")
    }
  }
}
