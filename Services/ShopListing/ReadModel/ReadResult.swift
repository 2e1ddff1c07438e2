import NIOCore

/// What a read found: JSON values as the projection stored them, not yet composed to a document.
struct ReadResult: Sendable {
  enum Content: Sendable {
    case shop(StoredShop)
    case page(cards: [ByteBuffer], next: PagePosition?)
  }

  let content: Content
  /// The Redis keys that the content depends on; if there are none the result must not be cached.
  let keys: [String]
}

/// The stored parts of a shop's page.
struct StoredShop: Sendable {
  let version: Int64
  /// `nil` without reviews.
  let ratingVersion: Int64?
  /// The members of the card, without the closing brace.
  let head: ByteBuffer
  let menu: ByteBuffer
  let rating: ByteBuffer
}

/// Why a read has no result.
enum ReadModelError: Error {
  case unknownShop
  case deletedShop
  /// The read model is not complete, so missing data does not mean that there is none.
  case notBuilt
}
