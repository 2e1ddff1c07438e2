import Contracts
import Projections
import ServiceClient

/// Fetches single orders from the order service.
struct OrderClient: OrderSource {
  let client: AggregateClient<Order>

  func order(_ id: Identifier) async throws -> Order? {
    do {
      switch try await client.fetch([id])[id] ?? .unknown {
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
