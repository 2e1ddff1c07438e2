import Contracts

/// The response messages of the card network's REST API.
enum ProviderMessages {
  /// An authorization; unknown members are ignored.
  struct AuthorizationView: Decodable {
    let id: String
    let status: String
    let declineCode: String?
    let captured: Money
    let refunded: Money

    /// `nil` for an unknown status.
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
