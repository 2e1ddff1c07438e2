import Contracts
import Idempotency
import Synchronization

@testable import PaymentService

/// A store that rejects every intent, with a given state and a sequence of stored responses.
final class FakePaymentStore: PaymentStore {
  private struct Unexpected: Error {}

  private let state: PaymentState?
  private let responses: Mutex<[StoredResponse?]>
  private let begun = Atomic<Int>(0)

  /// - Parameter responses: the results of the reads of the idempotency key, in order; later reads find none.
  init(state: PaymentState?, responses: [StoredResponse?] = []) {
    self.state = state
    self.responses = Mutex(responses)
  }

  /// How often an intent was to be stored.
  var attempts: Int { begun.load(ordering: .relaxed) }

  func insert(_ payment: NewPayment, by request: IdempotentRequest) async throws -> PendingOperation? {
    begun.add(1, ordering: .relaxed)
    return nil
  }

  func begin(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> PendingOperation? {
    begun.add(1, ordering: .relaxed)
    return nil
  }

  func insertVoided(_ id: Identifier, orderId: Identifier, by request: IdempotentRequest) async throws -> Document? { nil }

  func storedResponse(to request: IdempotentRequest) async throws -> StoredResponse? {
    responses.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }

  func storeResponse(_ document: Document, to request: IdempotentRequest) async throws {}
  func state(of payment: Identifier) async throws -> PaymentState? { state }

  func record(
    _ transition: PaymentTransition, of operation: PendingOperation, authorization: String?
  ) async throws -> PaymentResult? { throw Unexpected() }
  func postpone(_ operation: PendingOperation, milliseconds: Int) async throws -> PaymentResult { throw Unexpected() }
  func claimDue(limit: Int, leaseMilliseconds: Int) async throws -> [PendingOperation] { throw Unexpected() }
  func receive(webhook: String, reference: Identifier?) async throws -> Bool { throw Unexpected() }

  func payment(_ id: Identifier, of customer: Identifier?) async throws -> Document { throw Unexpected() }
  func payments(_ ids: [Identifier]) async throws -> [Document] { throw Unexpected() }
  func payment(ofOrder order: Identifier, customer: Identifier?) async throws -> Document? { nil }
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    throw Unexpected()
  }

  func accounts() async throws -> [UInt8] { throw Unexpected() }
  func transactions(of payment: Identifier) async throws -> [UInt8] { throw Unexpected() }
}
