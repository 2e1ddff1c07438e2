import Contracts

/// The card network's REST messages, which nothing but the client of it knows.
enum ProviderMessages {
  /// An authorization as the network shows it; members that are new are passed over.
  struct AuthorizationView: Decodable {
    let id: String
    let status: String
    let declineCode: String?
    let captured: Money
    let refunded: Money

    /// `nil` for a status that isn't known here.
    var authorization: Authorization? {
      Authorization.Status(rawValue: status).map {
        Authorization(id: id, status: $0, declineReason: declineCode, captured: captured.amount, refunded: refunded.amount)
      }
    }
  }

  struct AuthorizationList: Decodable {
    let items: [AuthorizationView]
  }

  struct Problem: Decodable {
    let code: String?
  }

  /// What the network tells by itself. Only what it is about is read; the state is asked for.
  struct Webhook: Decodable {
    let id: String
    let reference: String
  }
}

extension ProviderRequest {
  var path: String {
    switch self {
    case .authorize: "/authorizations"
    case .capture(let authorization, _): "/authorizations/\(authorization)/captures"
    case .refund(let authorization, _): "/authorizations/\(authorization)/refunds"
    case .void(let authorization): "/authorizations/\(authorization)/void"
    case .reverse: "/reversals"
    }
  }
}
