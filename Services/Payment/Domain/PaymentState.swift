import Contracts
import Idempotency

/// Where a payment stands, for a command that could not begin: what its answer depends on.
struct PaymentState: Sendable {
  let document: Document
  let orderId: Identifier
  let customerId: Identifier
  let amount: Money
  let status: PaymentStatus
  let pending: PaymentOperation?
  /// Captured and not refunded, in won.
  let left: Int64
  /// The request that asked for what is pending is still under way.
  let isInFlight: Bool

  var answer: PaymentAnswer { PaymentAnswer(document: document, isPending: pending != nil) }

  /// Whether it is the payment that somebody wants to make; one that was voided from the start knows its order only.
  func concerns(_ payment: NewPayment) -> Bool {
    guard orderId == payment.orderId else { return false }
    return amount.amount == 0 || amount == payment.amount && customerId == payment.customerId
  }

  func verdict(on operation: PaymentOperation) -> PaymentRules.Verdict {
    PaymentRules.verdict(on: operation, in: status, pending: pending)
  }

  /// - Throws: ``PaymentError``, if what the command insists on is not so.
  func verdict(on command: PaymentCommand) throws(PaymentError) -> PaymentRules.Verdict {
    guard command.orderId == nil || command.orderId == orderId else { throw .paymentExists }
    guard command.expectedVersion == nil || command.expectedVersion == document.version else {
      throw .versionMismatch(current: document.version)
    }
    let verdict = verdict(on: command.operation)
    if let amount = command.amount, amount > left, verdict == .begin || verdict == .asItIs {
      throw .refundTooLarge(left: left)
    }
    return verdict
  }
}
