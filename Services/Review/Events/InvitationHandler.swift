import Contracts
import Events
import Projections

/// Consumes `order.delivered`: fetches the orders from the order service and stores invitations for their customers.
struct InvitationHandler: EventHandler {
  private let delivered: AggregateEventHandler<Order>

  init(orders: AggregateClient<Order>, store: any ReviewStore) {
    delivered = AggregateEventHandler([.orderDelivered], from: orders, absent: .applied, service: "review") { fetched in
      try await store.invite(fetched.compactMap { Invitation($0.item) })
      return [:]
    }
  }

  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    await delivered.handle(changes)
  }
}
