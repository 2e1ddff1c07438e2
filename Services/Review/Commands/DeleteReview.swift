import Contracts

/// Deletes a review, by its customer or by an operator.
struct DeleteReview: Sendable {
  let store: any ReviewStore

  /// - Parameter customer: the required author; `nil` for operators.
  /// - Throws: `ReviewError.unknownReview`, `.deleted`, `.notCustomer`, `.versionMismatch`.
  func callAsFunction(_ target: ReviewTarget, by customer: Identifier?) async throws {
    try await store.delete(target, by: customer)
  }
}
