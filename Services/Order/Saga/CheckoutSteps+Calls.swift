import Contracts

extension CheckoutSteps {
  /// Sends a command to its participant.
  /// - Throws: ``ParticipantError``, `CancellationError`.
  func call(_ command: SagaCommand, _ record: SagaRecord) async throws -> SagaInput {
    switch command {
    case .authorize: .payment(try await payments.authorize(record))
    case .capture: .payment(try await payments.capture(record))
    case .void: .payment(try await payments.void(record))
    case .refund: .payment(try await payments.refund(record))
    case .queryPayment: try await payments.payment(of: record).map { .payment($0) } ?? .paymentNotFound
    case .cancelDelivery(let isLost): .delivery(try await deliveries.cancel(record, isLost: isLost))
    case .queryDelivery: try await deliveries.delivery(of: record).map { .delivery($0) } ?? .deliveryNotFound
    }
  }
}
