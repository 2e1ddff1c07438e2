import Contracts

/// The card network, in this service's words; whatever speaks to a real one translates.
///
/// An operation that was sent may be sent again with the same key: it is done once.
protocol PaymentProvider: Sendable {
  /// - Throws: ``ProviderError``; `CancellationError`.
  func send(_ request: ProviderRequest, key: String) async throws -> ProviderAnswer
  /// What the network knows under our reference; `nil` if it knows nothing.
  /// - Throws: ``ProviderError``; `CancellationError`.
  func authorization(of reference: Identifier) async throws -> Authorization?
}

/// What can be asked of the card network.
enum ProviderRequest: Hashable, Sendable {
  case authorize(reference: Identifier, amount: Int64, token: String)
  case capture(authorization: String, amount: Int64)
  case void(authorization: String)
  case refund(authorization: String, amount: Int64)
  /// Voids the authorization of a reference; if it comes later, it is declined.
  case reverse(reference: Identifier)
}

enum ProviderAnswer: Hashable, Sendable {
  case authorization(Authorization)
  /// Nothing is held under the reference, and nothing will be.
  case reversed
}

/// An authorization as the card network has it.
struct Authorization: Hashable, Sendable {
  enum Status: String, CaseIterable, Sendable {
    case approved, declined, voided, reversed
  }

  /// The network's own.
  var id: String
  var status: Status
  var declineReason: String?
  var captured: Int64
  var refunded: Int64
}

/// Why the card network didn't do what it was asked for.
enum ProviderError: Error, Hashable, Sendable {
  /// No answer that can be relied on: it may have been done, or not.
  case unknown(String)
  /// The network will not do it, for this reason.
  case refused(String)
}
