import Contracts

/// The state of a payment, from which the response to a command that could not begin is derived.
struct PaymentState: Sendable {
  let document: Document
  let orderId: Identifier
  let customerId: Identifier
  let amount: Money
  let status: PaymentStatus
  let pending: PaymentOperation?
  /// Captured minus refunded, in won.
  let left: Int64
  /// The request that started the pending operation is still being processed.
  let isInFlight: Bool

  var result: PaymentResult { PaymentResult(document: document, isPending: pending != nil) }

  /// Whether this is the payment that a client wants to create; one that was voided from its first version has neither customer nor amount.
  func matches(_ payment: NewPayment) -> Bool {
    guard orderId == payment.orderId else { return false }
    return amount.amount == 0 || amount == payment.amount && customerId == payment.customerId
  }

  func verdict(on operation: PaymentOperation) -> PaymentRules.Verdict {
    PaymentRules.verdict(on: operation, in: status, pending: pending)
  }

  /// - Throws: ``PaymentError``, if a precondition of the command does not hold.
  func verdict(on command: PaymentCommand) throws(PaymentError) -> PaymentRules.Verdict {
    guard command.orderId == nil || command.orderId == orderId else { throw .paymentExists }
    guard command.expectedVersion == nil || command.expectedVersion == document.version else {
      throw .versionMismatch(current: document.version)
    }
    let verdict = verdict(on: command.operation)
    if let amount = command.amount, amount > left, verdict == .begin || verdict == .unchanged {
      throw .refundTooLarge(left: left)
    }
    return verdict
  }
}
