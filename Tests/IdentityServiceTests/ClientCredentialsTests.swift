import Auth
import Contracts
import TestSupport
import Testing

@testable import IdentityService

@Suite("Tokens for services")
struct ClientCredentialsTests {
  private struct TokenResponse: Decodable {
    let access_token: String
    let token_type: String
    let expires_in: Int
  }

  @Test("An authenticated service gets a token with its name and a subject derived from the name")
  func issues() async throws {
    let identity = try await IdentityUnderTest.shared()
    let response = try await identity.token()
    #expect(response.status == 200)
    #expect(response.header("Cache-Control") == "no-store")
    #expect(response.header("Pragma") == "no-cache")
    let token = try response.decode(TokenResponse.self)
    #expect(token.token_type == "Bearer")
    #expect(token.expires_in == 3600)
    let claims = try part(1, of: token.access_token, as: AccessToken.self)
    #expect(claims.role == .service)
    #expect(claims.client == "order")
    #expect(claims.issuer == "baedal-identity")
    #expect(claims.audience == "baedal")
    #expect(claims.expiresAt == claims.issuedAt + 3600)
    #expect(claims.subject == ServiceClients.id(of: "order"))
    #expect(ServiceClients.id(of: "order") != ServiceClients.id(of: "rider"))
    #expect(claims.subject.description.dropFirst(14).first == "8")
    #expect(try await identity.client(bearing: token.access_token).get("/accounts/versions?limit=1").status == 200)
    // client_id may repeat the authenticated name.
    #expect(try await identity.token(form: "grant_type=client_credentials&client_id=order").status == 200)
  }

  @Test(
    "Errors follow RFC 6749, section 5.2",
    arguments: [
      (nil, "grant_type=client_credentials", 401, "invalid_client"),
      ("order:wrong", "grant_type=client_credentials", 401, "invalid_client"),
      ("nobody:a+long+random%3A+secret", "grant_type=client_credentials", 401, "invalid_client"),
      ("order", "grant_type=client_credentials", 401, "invalid_client"),
      ("order:a+long+random%3A+secret", "grant_type=client_credentials&client_id=rider", 401, "invalid_client"),
      ("order:a+long+random%3A+secret", "", 400, "invalid_request"),
      ("order:a+long+random%3A+secret", "grant_type=", 400, "invalid_request"),
      ("order:a+long+random%3A+secret", "grant_type=password", 400, "unsupported_grant_type"),
      ("order:a+long+random%3A+secret", "grant_type=client_credentials&grant_type=client_credentials", 400, "invalid_request"),
      ("order:a+long+random%3A+secret", "grant_type=client_credentials&client_secret=x", 400, "invalid_request"),
      ("order:a+long+random%3A+secret", "grant_type=client_credentials&scope=all", 400, "invalid_scope"),
      ("order:a+long+random%3A+secret", "grant_type=%ff", 400, "invalid_request"),
    ] as [(String?, String, Int, String)])
  func errors(_ credentials: String?, _ form: String, _ status: Int, _ error: String) async throws {
    struct ErrorResponse: Decodable { let error: String }
    let response = try await IdentityUnderTest.shared().token(credentials, form: form)
    #expect(response.status == status)
    #expect(try response.decode(ErrorResponse.self).error == error)
    #expect(response.header("Content-Type") == "application/json")
    #expect(response.header("Cache-Control") == "no-store")
    #expect((response.header("WWW-Authenticate")?.hasPrefix("Basic ") ?? false) == (status == 401))
  }

  @Test("A body that is not form-encoded is an invalid request; a bearer token doesn't authenticate a client")
  func otherBodies() async throws {
    let identity = try await IdentityUnderTest.shared()
    #expect(try await identity.token(form: #"{"grant_type":"client_credentials"}"#, type: "application/json").status == 400)
    let session = try await identity.signedInAccount().session
    let response = try await identity.client(bearing: session.accessToken).send(
      "POST", "/token", "grant_type=client_credentials", headers: ["Content-Type": "application/x-www-form-urlencoded"])
    #expect(response.status == 401)
  }

  @Test(
    "A malformed list of clients is rejected",
    arguments: ["order", "order:abcd", "order:\(String(repeating: "0", count: 64)),order:\(String(repeating: "1", count: 64))"])
  func malformed(_ clients: String) throws {
    #expect(throws: ServiceClients.Malformed.self) { try ServiceClients(clients) }
  }
}
