import Contracts
import Idempotency

/// Sets the reply of the shop's owner to a review, and replaces an earlier one.
struct ReplyToReview: Sendable {
  let store: any ReviewStore

  /// - Throws: `ReviewError.unknownReview`, `.deleted`, `.notOwner`, `.versionMismatch`.
  func callAsFunction(_ text: String, by owner: Identifier, to target: ReviewTarget) async throws -> Document {
    try await store.reply(text, by: owner, to: target)
  }
}
