import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// Tokens for services, by the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
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
        throw OAuthError(.unsupportedGrantType, "the only grant here is client_credentials")
      }
      guard form["scope"] == nil else { throw OAuthError(.invalidScope, "there are no scopes here") }
      let issued = try await issuer.token(for: client)
      return try .json(
        Answer(accessToken: issued.text, expiresIn: issued.expiresIn),
        headers: [.cacheControl: "no-store", .pragma: "no-cache"])
    } catch let error as OAuthError {
      return try error.response()
    }
  }

  private func authenticate(_ request: Request, _ form: [String: String]) throws(OAuthError) -> ServiceClients.Client {
    guard let header = request.headers[.authorization] else {
      throw OAuthError(.invalidClient, "clients authenticate by HTTP Basic")
    }
    // One way to authenticate at a time (RFC 6749, section 2.3).
    guard form["client_secret"] == nil else {
      throw OAuthError(.invalidRequest, "client_secret can't stand beside the Authorization header")
    }
    guard
      let credentials = BasicCredentials(header),
      let client = clients.authenticate(name: credentials.name, secret: credentials.secret),
      form["client_id"] ?? client.name == client.name
    else { throw OAuthError(.invalidClient, "no such client, or another secret") }
    return client
  }

  /// The parameters that have a value; the others count as left out (RFC 6749, section 3.2).
  private static func form(_ request: Request, _ bytes: ByteBuffer) throws(OAuthError) -> [String: String] {
    let media = request.headers[.contentType]?.prefix { $0 != ";" && $0 != " " }.lowercased()
    guard media == "application/x-www-form-urlencoded" else {
      throw OAuthError(.invalidRequest, "the body must be application/x-www-form-urlencoded")
    }
    var form: [String: String] = [:]
    for pair in String(buffer: bytes).split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Query.decode(parts[0]), let value = Query.decode(parts.count > 1 ? parts[1] : "") else {
        throw OAuthError(.invalidRequest, "the body is not form-encoded UTF-8")
      }
      guard form.updateValue(value, forKey: name) == nil else { throw OAuthError(.invalidRequest, "a parameter is there twice") }
    }
    return form.filter { !$0.value.isEmpty }
  }

  private struct Answer: Encodable {
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
