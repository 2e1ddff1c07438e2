import Contracts
import JSON
import ServiceClient
import Web

/// The rider service as a participant of the checkout.
///
/// All methods throw ``ParticipantError`` and `CancellationError`.
struct HTTPDeliveryParticipant: Sendable {
  private let http: HTTPParticipant

  init(client: ServiceClient) {
    http = HTTPParticipant(client: client)
  }

  /// Cancels the order's delivery. If there is none, it leaves a tombstone, so that none is created later. Idempotent.
  /// - Parameter isLost: cancels it even after pickup.
  func cancel(_ checkout: SagaRecord, isLost: Bool) async throws -> DeliveryStatus {
    let body = JSONText.object { json in
      json.add("orderId", checkout.order.description)
      json.add("reason", checkout.saga.reason ?? "the order was given up")
      if isLost { json.add("lost", true) }
    }
    // No key: the command sets a state, and a second request may have another reason.
    return try await http.post("/deliveries/cancel", body, key: nil, as: DeliveryState.self).status
  }

  /// - Returns: `nil` if the order has no delivery yet.
  func delivery(of checkout: SagaRecord) async throws -> DeliveryStatus? {
    guard let found = try await http.get("/deliveries?orderId=\(checkout.order)", as: DeliveryBatch.self) else { return nil }
    if let delivery = found.items.first { return delivery.status }
    // The tombstone of an order that was cancelled before its delivery was created.
    return found.deleted?.isEmpty == false ? .cancelled : nil
  }

  /// The fields that the saga decides on. A tombstone has few others.
  private struct DeliveryState: Decodable {
    let status: DeliveryStatus
  }

  private struct DeliveryBatch: Decodable {
    let items: [DeliveryState]
    let deleted: [Tombstone]?
  }
}
