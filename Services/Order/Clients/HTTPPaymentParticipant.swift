import Contracts
import JSON
import ServiceClient
import Web

/// The payment service as a participant of the checkout. Every command can be repeated: each order has one idempotency key for it.
///
/// All methods throw ``ParticipantError`` and `CancellationError`.
struct HTTPPaymentParticipant: Sendable {
  private let http: HTTPParticipant

  init(client: ServiceClient) {
    http = HTTPParticipant(client: client)
  }

  func authorize(_ checkout: SagaRecord) async throws -> PaymentSnapshot {
    guard let token = checkout.token else { throw ParticipantError.rejected("the card's token is gone") }
    let body = JSONText.object { json in
      json.add("id", checkout.payment.description)
      json.add("orderId", checkout.order.description)
      json.add("customerId", checkout.customer.description)
      json.key("amount")
      json.beginObject()
      json.add("amount", checkout.amount.amount)
      json.add("currency", "KRW")
      json.endObject()
      json.add("token", token)
    }
    return try await http.post("/payments", body, key: checkout.idempotencyKey("authorize"), as: PaymentSnapshot.self)
  }

  func capture(_ checkout: SagaRecord) async throws -> PaymentSnapshot {
    try await command("capture", checkout, .object { _ in })
  }

  /// Voids the payment. If there is none, it leaves a tombstone, so that a late authorization is not executed.
  func void(_ checkout: SagaRecord) async throws -> PaymentSnapshot {
    try await command("void", checkout, .object { $0.add("orderId", checkout.order.description) })
  }

  func refund(_ checkout: SagaRecord) async throws -> PaymentSnapshot {
    try await command("refund", checkout, .object { _ in })
  }

  /// - Returns: `nil` if the payment service does not know the payment.
  func payment(of checkout: SagaRecord) async throws -> PaymentSnapshot? {
    try await http.get("/payments/\(checkout.payment)", as: PaymentSnapshot.self)
  }

  private func command(_ name: String, _ checkout: SagaRecord, _ body: JSONText) async throws -> PaymentSnapshot {
    try await http.post(
      "/payments/\(checkout.payment)/\(name)", body, key: checkout.idempotencyKey(name), as: PaymentSnapshot.self)
  }
}
