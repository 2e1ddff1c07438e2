import Contracts

extension SagaChange {
  /// The change that writes all of `record`.
  init(_ record: SagaRecord, outcome: String? = nil) {
    self.init(
      expectedVersion: record.version, step: record.saga.step, status: record.saga.status, attempts: record.saga.attempts,
      due: record.due, deadline: record.deadline, lastError: record.lastError, reason: record.saga.reason,
      payment: record.saga.payment, delivery: record.saga.delivery, awaitsPayment: record.awaitsPayment,
      outcome: outcome)
  }
}
