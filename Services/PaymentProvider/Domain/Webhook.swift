import Contracts

/// A webhook that was claimed for an attempt to deliver it.
struct Webhook: Hashable, Sendable {
  let id: Identifier
  /// The number of this attempt, from 1.
  let attempt: Int
  /// JSON in UTF-8.
  let body: [UInt8]
}
