import Auth
import Contracts
import TestSupport
import Testing

@testable import IdentityService

@Suite("Tokens for services")
struct ClientCredentialsTests {
  private struct Answer: Decodable {
    let access_token: String
    let token_type: String
    let expires_in: Int
  }

  @Test("A service that proves itself gets a token in its own name, the same from every instance")
  func issues() async throws {
    let identity = try await IdentityUnderTest.shared()
    let answer = try await identity.token()
    #expect(answer.status == 200)
    #expect(answer.header("Cache-Control") == "no-store")
    #expect(answer.header("Pragma") == "no-cache")
    let token = try answer.decode(Answer.self)
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
    #expect(try await identity.holding(token.access_token).get("/accounts/versions?limit=1").status == 200)
    // The same by a client that names itself in the form too.
    #expect(try await identity.token(form: "grant_type=client_credentials&client_id=order").status == 200)
  }

  @Test(
    "Errors are those of RFC 6749",
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
    struct Refusal: Decodable { let error: String }
    let answer = try await IdentityUnderTest.shared().token(credentials, form: form)
    #expect(answer.status == status)
    #expect(try answer.decode(Refusal.self).error == error)
    #expect(answer.header("Content-Type") == "application/json")
    #expect(answer.header("Cache-Control") == "no-store")
    #expect((answer.header("WWW-Authenticate")?.hasPrefix("Basic ") ?? false) == (status == 401))
  }

  @Test("A body that is no form is an invalid request, and a bearer token is no proof")
  func otherBodies() async throws {
    let identity = try await IdentityUnderTest.shared()
    #expect(try await identity.token(form: #"{"grant_type":"client_credentials"}"#, type: "application/json").status == 400)
    let session = try await identity.member().session
    let answer = try await identity.holding(session.accessToken).send(
      "POST", "/token", "grant_type=client_credentials", headers: ["Content-Type": "application/x-www-form-urlencoded"])
    #expect(answer.status == 401)
  }

  @Test(
    "A list of clients that can't be read stops the service, and isn't shown",
    arguments: ["order", "order:abcd", "order:\(String(repeating: "0", count: 64)),order:\(String(repeating: "1", count: 64))"])
  func malformed(_ clients: String) throws {
    #expect(throws: ServiceClients.Malformed.self) { try ServiceClients(clients) }
  }
}
