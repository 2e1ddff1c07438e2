import Contracts
import ServiceClient
import Web

/// The rider service over HTTP.
struct HTTPDeliveryParticipant: DeliveryParticipant {
  private let http: HTTPParticipant

  init(client: ServiceClient) {
    http = HTTPParticipant(client: client)
  }

  func cancel(_ checkout: SagaRecord, isLost: Bool) async throws -> Delivery {
    let body = JSONText.object { json in
      json.add("orderId", checkout.order.description)
      json.add("reason", checkout.saga.reason ?? "the order was given up")
      if isLost { json.add("lost", true) }
    }
    // Without a key: a cancellation leads to a state, and the same order may be given up for one reason and then for another.
    return try await http.post("/deliveries/cancel", body, key: nil, as: Delivery.self)
  }

  func delivery(of checkout: SagaRecord) async throws -> Delivery? {
    try await http.get("/deliveries?orderId=\(checkout.order)", as: Deliveries.self)?.items.first
  }

  private struct Deliveries: Decodable {
    let items: [Delivery]
  }
}
