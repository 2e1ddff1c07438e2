import Contracts
import Events
import Projections

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

  private let changed: AggregateEventHandler<DeliverySnapshot>

  init(
    deliveries: AggregateClient<DeliverySnapshot>, checkouts: CheckoutSteps, wakeSaga: @escaping @Sendable (Identifier) -> Void
  ) {
    // Deliveries are never deleted; one that the rider service does not know belongs to no order.
    changed = AggregateEventHandler(Self.relevantTypes, from: deliveries, absent: .applied) { fetched in
      await Self.apply(fetched.map(\.item), to: checkouts, wakeSaga)
    }
  }

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    await changed.handle(changes)
  }

  private static func apply(
    _ deliveries: [DeliverySnapshot], to checkouts: CheckoutSteps, _ wakeSaga: @escaping @Sendable (Identifier) -> Void
  ) async -> [Identifier: ChangeOutcome] {
    let sagas: [Identifier: SagaRecord]
    do {
      let records = try await checkouts.store.sagas(of: deliveries.map(\.orderId))
      sagas = Dictionary(records.map { ($0.order, $0) }) { first, _ in first }
    } catch {
      return Dictionary(deliveries.map { ($0.id, .retry(reason: "\(error)")) }) { first, _ in first }
    }
    return await withTaskGroup(of: (Identifier, ChangeOutcome).self) { group in
      var outcomes: [Identifier: ChangeOutcome] = [:]
      for (index, delivery) in deliveries.enumerated() {
        if index >= concurrency, let (id, outcome) = await group.next() { outcomes[id] = outcome }
        guard let record = sagas[delivery.orderId] else { continue }
        group.addTask {
          do {
            if try await checkouts.apply(delivery.status, to: record) { wakeSaga(record.order) }
            return (delivery.id, .applied)
          } catch {
            return (delivery.id, .retry(reason: "\(error)"))
          }
        }
      }
      for await (id, outcome) in group { outcomes[id] = outcome }
      return outcomes
    }
  }
}
