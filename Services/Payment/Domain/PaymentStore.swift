import Contracts
import Idempotency

/// Where payments and the ledger are kept.
///
/// Every change of a payment's version is one step with its event, its ledger transaction, and the answer to those who asked for it. What is
/// pending is no version of its own: nobody hears of it.
protocol PaymentStore: Sendable {
  /// Keeps the intent to authorize a payment.
  func request(_ payment: NewPayment, by request: IdempotentRequest) async throws -> OperationStart
  /// Keeps the intent to do something to a payment. A void of a payment that isn't there makes one that is voided from the start.
  func begin(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> OperationStart

  /// Records what came of an operation; `nil` if somebody else did, or the operation was overtaken.
  func record(_ consequence: PaymentTransition, of operation: PendingOperation, authorization: String?) async throws
    -> PaymentAnswer?
  /// Has the operation looked at again after a pause, and returns the payment as it is.
  func postpone(_ operation: PendingOperation, milliseconds: Int) async throws -> PaymentAnswer
  /// Takes operations that are due, for as long as `leaseMilliseconds`.
  func claimDue(limit: Int, leaseMilliseconds: Int) async throws -> [PendingOperation]
  /// Notes a webhook, unless it was noted before, and makes what is pending of its payment due.
  /// - Returns: whether anything is due now that nobody has in hand.
  func receive(webhook: String, reference: Identifier?) async throws -> Bool

  /// - Throws: `PaymentError.unknownPayment`, also when it is another customer's.
  func payment(_ id: Identifier, of customer: Identifier?) async throws -> Document
  func payments(_ ids: [Identifier]) async throws -> [Document]
  func payment(ofOrder order: Identifier, customer: Identifier?) async throws -> Document?
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]

  /// JSON of the ledger's accounts with their balances.
  func accounts() async throws -> [UInt8]
  /// JSON of a payment's ledger transactions with their entries.
  func transactions(of payment: Identifier) async throws -> [UInt8]
}

/// What is to be done to a payment, and what must be true of it.
struct PaymentCommand: Hashable, Sendable {
  let operation: PaymentOperation
  let id: Identifier
  /// Whose payment it must be, if the client says so.
  var orderId: Identifier?
  /// Of a refund, in won; all that is left if it is not given.
  var amount: Int64?
  /// The version that the client has seen, if it insists on it.
  var expectedVersion: Int64?
}

enum OperationStart: Hashable, Sendable {
  /// The intent is kept: now the card network is to be asked.
  case begun(PendingOperation)
  /// There is nothing to do any more.
  case answered(PaymentAnswer)
}

struct PaymentAnswer: Hashable, Sendable {
  var document: Document
  /// Whether the network's answer is still to come.
  var isPending: Bool
}

/// Why a command was not carried out.
enum PaymentError: Error, Hashable {
  case unknownPayment
  /// The id belongs to a payment of another order or amount.
  case paymentExists
  case orderHasPayment
  case illegal(PaymentOperation, PaymentStatus)
  case busy(PaymentOperation?)
  case inFlight
  case refundTooLarge(left: Int64)
  case refused(PaymentOperation, String)
  case versionMismatch(current: Int64)
}
