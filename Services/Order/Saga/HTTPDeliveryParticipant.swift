import JSON
import Contracts
import ServiceClient
import Web

/// The rider service over HTTP.
struct HTTPDeliveryParticipant: DeliveryParticipant {
  private let http: HTTPParticipant

  init(client: ServiceClient) {
    http = HTTPParticipant(client: client)
  }

  func cancel(_ checkout: SagaRecord, isLost: Bool) async throws -> DeliveryStatus {
    let body = JSONText.object { json in
      json.add("orderId", checkout.order.description)
      json.add("reason", checkout.saga.reason ?? "the order was given up")
      if isLost { json.add("lost", true) }
    }
    // Without a key: a cancellation leads to a state, and the same order may be given up for one reason and then for another.
    return try await http.post("/deliveries/cancel", body, key: nil, as: Standing.self).status
  }

  func delivery(of checkout: SagaRecord) async throws -> DeliveryStatus? {
    guard let found = try await http.get("/deliveries?orderId=\(checkout.order)", as: Found.self) else { return nil }
    if let delivery = found.items.first { return delivery.status }
    // What is left of an order that was called off before its delivery was asked for.
    return found.deleted?.isEmpty == false ? .cancelled : nil
  }

  /// What the saga reads of a delivery; of one that never came about there is not much more.
  private struct Standing: Decodable {
    let status: DeliveryStatus
  }

  private struct Found: Decodable {
    let items: [Standing]
    let deleted: [Tombstone]?
  }
}
