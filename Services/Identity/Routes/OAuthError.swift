import HTTPTypes
import Hummingbird
import Web

/// An error response of OAuth 2.0 (RFC 6749, section 5.2), which is not a problem document.
struct OAuthError: Error, Hashable {
  enum Code: String, Sendable {
    case invalidRequest = "invalid_request"
    case invalidClient = "invalid_client"
    case unsupportedGrantType = "unsupported_grant_type"
    case invalidScope = "invalid_scope"
  }

  let code: Code
  let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  /// 400; 401 with a challenge if client authentication failed.
  func response() throws -> Response {
    var headers: HTTPFields = [.cacheControl: "no-store", .pragma: "no-cache"]
    if code == .invalidClient { headers[.wwwAuthenticate] = "Basic realm=\"baedal\", charset=\"UTF-8\"" }
    return try .json(
      Body(error: code.rawValue, errorDescription: description), status: code == .invalidClient ? .unauthorized : .badRequest,
      headers: headers)
  }

  private struct Body: Encodable {
    let error: String
    let errorDescription: String

    enum CodingKeys: String, CodingKey {
      case error
      case errorDescription = "error_description"
    }
  }
}

extension HTTPField.Name {
  static let pragma = HTTPField.Name("Pragma")!
}
