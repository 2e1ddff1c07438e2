import Contracts

/// A change of a saga's row, written alone or in the statement that changes its order. Times are saga time in milliseconds.
struct SagaChange: Hashable, Sendable {
  /// The version of the row that the change was decided on; `nil` if the order's version is a sufficient guard.
  var expectedVersion: Int64?
  /// The step after the change.
  var step: SagaStep
  var status: SagaStatus
  /// Attempts of the step so far.
  var attempts = 0
  /// When the step is executed next; `nil` at the end.
  var due: Int64?
  var deadline: Int64?
  var lastError: String?
  /// Why the order ends without delivery; `nil` keeps the stored value.
  var reason: String?
  /// The participants' last known states; `nil` keeps the stored values.
  var payment: PaymentStatus?
  var delivery: DeliveryStatus?
  /// The outcome of the last call to payment is unknown: the payment's next event resumes the saga.
  var awaitsPayment = false
  /// The outcome of the step that the saga leaves, for its history; `nil` adds no entry.
  var outcome: String?
}
