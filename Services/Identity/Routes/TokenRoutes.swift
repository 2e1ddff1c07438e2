import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// `POST /token`: access tokens for services, by the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
struct TokenRoutes {
  let clients: ServiceClients
  let issuer: TokenIssuer

  func add(to router: Router<ServiceRequestContext>) {
    router.post("token", use: token)
  }

  private func token(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    do {
      let form = try Self.form(request, try await request.bytes(context))
      let client = try authenticate(request, form)
      guard let grant = form["grant_type"] else { throw OAuthError(.invalidRequest, "grant_type is missing") }
      guard grant == "client_credentials" else {
        throw OAuthError(.unsupportedGrantType, "the only supported grant is client_credentials")
      }
      guard form["scope"] == nil else { throw OAuthError(.invalidScope, "scopes are not supported") }
      let issued = try await issuer.token(for: client)
      return try .json(
        TokenResponse(accessToken: issued.text, expiresIn: issued.expiresIn),
        headers: [.cacheControl: "no-store", .pragma: "no-cache"])
    } catch let error as OAuthError {
      return try error.response()
    }
  }

  private func authenticate(_ request: Request, _ form: [String: String]) throws(OAuthError) -> ServiceClients.Client {
    guard let header = request.headers[.authorization] else {
      throw OAuthError(.invalidClient, "client authentication by HTTP Basic is required")
    }
    // A client must not use more than one authentication method (RFC 6749, section 2.3).
    guard form["client_secret"] == nil else {
      throw OAuthError(.invalidRequest, "client_secret must not be combined with the Authorization header")
    }
    guard
      let credentials = BasicCredentials(header),
      let client = clients.authenticate(name: credentials.name, secret: credentials.secret),
      form["client_id"] ?? client.name == client.name
    else { throw OAuthError(.invalidClient, "unknown client or wrong secret") }
    return client
  }

  /// The parameters that have a value; those without are treated as omitted (RFC 6749, section 3.2).
  private static func form(_ request: Request, _ bytes: ByteBuffer) throws(OAuthError) -> [String: String] {
    let mediaType = request.headers[.contentType]?.prefix { $0 != ";" && $0 != " " }.lowercased()
    guard mediaType == "application/x-www-form-urlencoded" else {
      throw OAuthError(.invalidRequest, "the body must be application/x-www-form-urlencoded")
    }
    var form: [String: String] = [:]
    for pair in String(buffer: bytes).split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Query.decode(parts[0]), let value = Query.decode(parts.count > 1 ? parts[1] : "") else {
        throw OAuthError(.invalidRequest, "the body is not form-encoded UTF-8")
      }
      guard form.updateValue(value, forKey: name) == nil else { throw OAuthError(.invalidRequest, "a parameter is repeated") }
    }
    return form.filter { !$0.value.isEmpty }
  }

  private struct TokenResponse: Encodable {
    let accessToken: String
    let tokenType = "Bearer"
    let expiresIn: Int64

    enum CodingKeys: String, CodingKey {
      case accessToken = "access_token"
      case tokenType = "token_type"
      case expiresIn = "expires_in"
    }
  }
}
