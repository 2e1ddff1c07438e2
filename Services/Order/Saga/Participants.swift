import Contracts

/// The payment service, as the checkout uses it. Every command may be repeated: it has one key for each order.
protocol PaymentParticipant: Sendable {
  /// - Throws: ``ParticipantError``; `CancellationError`. So do all of them.
  func authorize(_ checkout: SagaRecord) async throws -> PaymentSnapshot
  func capture(_ checkout: SagaRecord) async throws -> PaymentSnapshot
  /// Voids also what was never heard of, so that it can't be charged later.
  func void(_ checkout: SagaRecord) async throws -> PaymentSnapshot
  func refund(_ checkout: SagaRecord) async throws -> PaymentSnapshot
  /// `nil` if it was never heard of.
  func payment(of checkout: SagaRecord) async throws -> PaymentSnapshot?
}

/// The rider service, as the checkout uses it.
protocol DeliveryParticipant: Sendable {
  /// Cancels also a delivery that was never heard of, so that none is made later. A repetition changes nothing.
  /// - Parameter isLost: also when the rider has fetched the order.
  /// - Throws: ``ParticipantError``; `CancellationError`. So does the other one.
  func cancel(_ checkout: SagaRecord, isLost: Bool) async throws -> DeliveryStatus
  /// `nil` if there is none yet.
  func delivery(of checkout: SagaRecord) async throws -> DeliveryStatus?
}

/// Why a participant did not do as it was asked.
enum ParticipantError: Error, Hashable {
  /// 409: its state forbids it, or the same request is still being carried out.
  case refused(String)
  /// Another 4xx, or a refusal by the card network: it will never do it.
  case rejected(String)
  /// No answer, or none that can be read: it may have done it, or not.
  case unknown(String)
  /// It was not even asked, since it failed lately or too much is under way.
  case notSent(String)

  var detail: String {
    switch self {
    case .refused(let detail), .rejected(let detail), .unknown(let detail), .notSent(let detail): detail
    }
  }
}
