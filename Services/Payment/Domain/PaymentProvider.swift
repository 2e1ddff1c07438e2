import Contracts

/// The card network, in the terms of this service; the implementation translates.
///
/// Operations are idempotent: one that is sent again with the same key is executed once.
protocol PaymentProvider: Sendable {
  /// - Throws: ``ProviderError``; `CancellationError`.
  func send(_ request: ProviderRequest, key: String) async throws -> ProviderResponse
  /// The authorization with our reference; `nil` if there is none.
  /// - Throws: ``ProviderError``; `CancellationError`.
  func authorization(of reference: Identifier) async throws -> Authorization?
}

/// A request to the card network. Amounts are in won, `authorization` is the network's id.
enum ProviderRequest: Hashable, Sendable {
  case authorize(reference: Identifier, amount: Int64, token: String)
  case capture(authorization: String, amount: Int64)
  case void(authorization: String)
  case refund(authorization: String, amount: Int64)
  /// Voids the authorization of a reference; if it arrives later, it is declined.
  case reverse(reference: Identifier)
}

enum ProviderResponse: Hashable, Sendable {
  case authorization(Authorization)
  /// Nothing is authorized under the reference, and nothing will be.
  case reversed
}

/// An authorization in its state at the card network.
struct Authorization: Hashable, Sendable {
  enum Status: String, CaseIterable, Sendable {
    case approved, declined, voided, reversed
  }

  /// Assigned by the network.
  var id: String
  var status: Status
  var declineReason: String?
  /// In won, as `refunded`.
  var captured: Int64
  var refunded: Int64
}

/// Why the card network did not execute a request.
enum ProviderError: Error, Hashable, Sendable {
  /// No reliable response: the request may have been executed.
  case unknown(String)
  /// The network rejected the request, for this reason.
  case refused(String)
}
