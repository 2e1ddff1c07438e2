import Projections
import Contracts
import ServiceClient

/// Asks the order service about one order at a time, while a customer waits.
struct CallbackOrders: OrderSource {
  let source: AggregateClient<Order>

  func order(_ id: Identifier) async throws -> Order? {
    do {
      switch try await source.fetch([id])[id] ?? .unknown {
      case .item(let order): return order
      case .deleted, .unknown: return nil
      case .unreadable(let reason):
        throw ServiceClientError(service: "order", code: .undecodable, detail: reason)
      }
    } catch let error as ServiceClientError where error.isUnavailability {
      throw ReviewError.orderUnavailable
    }
  }
}
