import Contracts
import Idempotency

/// The storage of payments and of the ledger.
///
/// Each new version of a payment is stored atomically with its event, its ledger transaction and the responses to the waiting requests. A
/// pending operation creates no version and publishes no event.
protocol PaymentStore: Sendable {
  /// Stores a payment with the intent to authorize it.
  /// - Returns: `nil` if the id, the order or the idempotency key is in use.
  func insert(_ payment: NewPayment, by request: IdempotentRequest) async throws -> PendingOperation?
  /// Stores the intent of a command.
  /// - Returns: `nil` if a precondition does not hold, or the idempotency key is in use.
  func begin(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> PendingOperation?
  /// Stores a payment that is voided from its first version.
  /// - Returns: `nil` if the id, the order or the idempotency key is in use.
  func insertVoided(_ id: Identifier, orderId: Identifier, by request: IdempotentRequest) async throws -> Document?

  /// The stored response to the first request with the idempotency key; its body is empty while that request has no outcome.
  func storedResponse(to request: IdempotentRequest) async throws -> StoredResponse?
  /// Stores the response to a request that changed nothing.
  func storeResponse(_ document: Document, to request: IdempotentRequest) async throws
  func state(of payment: Identifier) async throws -> PaymentState?

  /// Stores the outcome of an operation.
  /// - Returns: `nil` if the operation is no longer the pending one.
  func record(_ transition: PaymentTransition, of operation: PendingOperation, authorization: String?) async throws
    -> PaymentResult?
  /// Schedules the next attempt of an operation, and returns the payment in its current state.
  func postpone(_ operation: PendingOperation, milliseconds: Int) async throws -> PaymentResult
  /// Claims due operations; after the lease they are due again.
  func claimDue(limit: Int, leaseMilliseconds: Int) async throws -> [PendingOperation]
  /// Stores the id of a webhook and makes the payment's pending operation due, unless the id is known.
  /// - Returns: whether an operation became due whose request is no longer being processed.
  func receive(webhook: String, reference: Identifier?) async throws -> Bool

  /// - Throws: `PaymentError.unknownPayment`, also for a payment of another customer.
  func payment(_ id: Identifier, of customer: Identifier?) async throws -> Document
  func payments(_ ids: [Identifier]) async throws -> [Document]
  func payment(ofOrder order: Identifier, customer: Identifier?) async throws -> Document?
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]

  /// The accounts with their balances, as JSON.
  func accounts() async throws -> [UInt8]
  /// A payment's ledger transactions with their entries, as JSON.
  func transactions(of payment: Identifier) async throws -> [UInt8]
}
