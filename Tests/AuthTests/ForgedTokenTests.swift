import Auth
import Contracts
import Crypto
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Forged and damaged tokens")
struct ForgedTokenTests {
  typealias Forgery = (name: String, token: @Sendable (Forger) throws -> String)

  private static func claim(_ name: String, _ value: String) -> @Sendable (Forger) throws -> String {
    { try $0.token(claims: $0.claims([name: value])) }
  }

  private static func member(_ more: String) -> @Sendable (Forger) throws -> String {
    { forger in
      // Signed with the key that the header contains.
      let own = Curve25519.Signing.PrivateKey()
      let x = Base64URL.encode(Array(own.publicKey.rawRepresentation))
      return try Forger.token(
        forger.header(more: more.replacing("OWN", with: x)), forger.claims()
      ) { try own.signature(for: $0) }
    }
  }

  private static func now(_ seconds: Int64) -> String { "\(Int64(Date().timeIntervalSince1970) + seconds)" }

  private static let signatures: [Forgery] = [
    ("alg none without a signature", { Forger.input($0.header(alg: #""none""#), $0.claims()) + "." }),
    ("alg none with a good signature", { try $0.token(header: $0.header(alg: #""none""#)) }),
    ("alg NONE", { try $0.token(header: $0.header(alg: #""NONE""#)) }),
    ("HS256 with the public key's bytes", { $0.hmac(secret: $0.key.publicKey.rawRepresentation) }),
    ("HS256 with the public key's text", { $0.hmac(secret: $0.published.x.utf8) }),
    ("RS256", { try $0.token(header: $0.header(alg: #""RS256""#)) }),
    (
      "ES256 with another key",
      { forger in
        let own = P256.Signing.PrivateKey()
        return try Forger.token(forger.header(alg: #""ES256""#), forger.claims()) { try own.signature(for: $0).rawRepresentation }
      }
    ),
    ("no alg", { try $0.token(header: $0.header(alg: nil)) }),
    ("alg twice", { try $0.token(header: $0.header(alg: #""none","alg":"HS256""#)) }),
    (
      "the known key's id, another key",
      { forger in
        let own = Curve25519.Signing.PrivateKey()
        return try Forger.token(forger.header(), forger.claims()) { try own.signature(for: $0) }
      }
    ),
    ("a signature of zeros", { Forger.token($0.header(), $0.claims()) { _ in [UInt8](repeating: 0, count: 64) } }),
    ("no signature", { Forger.input($0.header(), $0.claims()) + "." }),
    (
      "the signature of another token",
      { forger in
        let other = try forger.token(claims: forger.claims(["role": #""operator""#])).split(separator: ".")[2]
        return Forger.input(forger.header(), forger.claims()) + "." + other
      }
    ),
  ]

  private static let headers: [Forgery] = [
    ("an unknown key id", { try $0.token(header: $0.header(kid: #""key-9""#)) }),
    ("no key id", { try $0.token(header: $0.header(kid: nil)) }),
    ("a key id that is a number", { try $0.token(header: $0.header(kid: "1")) }),
    ("a key id that is a path", { try $0.token(header: $0.header(kid: #""../../dev/null""#)) }),
    ("a key id that is SQL", { try $0.token(header: $0.header(kid: #""' OR '1'='1""#)) }),
    ("its own jwk", member(#""jwk":{"kty":"OKP","crv":"Ed25519","kid":"key-1","x":"OWN"}"#)),
    ("a jku of the attacker", member(#""jku":"http://127.0.0.1:9/jwks.json""#)),
    ("an x5u of the attacker", member(#""x5u":"http://127.0.0.1:9/certificate""#)),
    ("its own x5c", member(#""x5c":["MIIB"]"#)),
    ("jwk beside a good signature", { try $0.token(header: $0.header(more: #""jwk":{"kty":"OKP"}"#)) }),
    ("crit", { try $0.token(header: $0.header(more: #""crit":["exp"]"#)) }),
    ("unencoded payload", { try $0.token(header: $0.header(more: #""b64":false"#)) }),
    ("a number beyond all integers", { try $0.token(header: $0.header(more: #""n":1e300"#)) }),
    ("type JWT", { try $0.token(header: $0.header(typ: #""JWT""#)) }),
    ("no type", { try $0.token(header: $0.header(typ: nil)) }),
    ("a header that is a list", { try $0.token(header: #"["EdDSA"]"#) }),
    ("a header that is no JSON", { try $0.token(header: "EdDSA") }),
    ("a deep header", { try $0.token(header: String(repeating: "[", count: 1000)) }),
  ]

  private static let contents: [Forgery] =
    [
      ("expired", { try $0.token(claims: $0.claims(["exp": now(-10)])) }),
      ("not yet valid", { try $0.token(claims: $0.claims(["nbf": now(60)])) }),
      ("issued in the future", { try $0.token(claims: $0.claims(["iat": now(60)])) }),
      ("another issuer", claim("iss", #""https://evil.example""#)),
      ("another audience", claim("aud", #""somebody-else""#)),
      ("a list of audiences", claim("aud", #"["baedal"]"#)),
      ("an empty list of audiences", claim("aud", "[]")),
      ("an unknown role", claim("role", #""root""#)),
      ("a list of roles", claim("role", #"["customer","operator"]"#)),
      ("a subject that is no UUID", claim("sub", #""alice""#)),
      ("a subject that is a number", claim("sub", "1")),
      ("an end that is text", claim("exp", #""4102444800""#)),
      ("an end beyond all integers", claim("exp", "1e300")),
      ("an end beyond all calendars", claim("exp", "9223372036854775807")),
      ("a beginning before all time", claim("nbf", "-9223372036854775808")),
      ("a person with a service's name", claim("client", #""order""#)),
      ("a service without a name", claim("role", #""service""#)),
      ("claims that are a list", { try $0.token(claims: "[]") }),
      ("claims that are no JSON", { try $0.token(claims: "customer") }),
    ] + ["iss", "aud", "sub", "role", "iat", "nbf", "exp", "jti"].map { ("no \($0)", claim($0, "")) }

  private static let shapes: [Forgery] = [
    ("nothing", { _ in "" }),
    ("two parts", { Forger.input($0.header(), $0.claims()) }),
    ("two signatures", { try $0.token() + "." + $0.token().split(separator: ".")[2] }),
    ("five parts, as an encrypted token", { try $0.token() + ".a.b" }),
    ("cut by a character", { try String($0.token().dropLast()) }),
    ("cut in the middle", { try String($0.token().dropLast(60)) }),
    ("another spelling of the signature", { try $0.nonCanonical() }),
    ("padding", { try $0.token() + "==" }),
    ("a blank inside", { try $0.token().replacing(".", with: ". ", maxReplacements: 1) }),
    (
      "a changed claim",
      { forger in
        let parts = try forger.token().split(separator: ".")
        let claims = forger.claims(["role": #""operator""#])
        return "\(parts[0]).\(Base64URL.encode(Array(claims.utf8))).\(parts[2])"
      }
    ),
    ("more than 4 KB", { try $0.token(claims: $0.claims(["jti": "\"\(String(repeating: "a", count: 4096))\""])) }),
    ("JSON serialization", { try #"{"payload":"e30","signatures":[{"signature":"\#($0.token())"}]}"# }),
  ]

  @Test("Each is rejected with 401 invalid_token, and valid tokens are still accepted")
  func refused() async throws {
    let forger = Forger()
    let issuer = try await TokenIssuer.start()
    issuer.publish(await TokenSigner(keyID: forger.keyID, privateKey: forger.key))
    let forgeries = Self.signatures + Self.headers + Self.contents + Self.shapes
    #expect(forgeries.count >= 60)
    try await ProtectedService.run(trusting: issuer) { service in
      for forgery in forgeries {
        let token = try forgery.token(forger)
        for path in ["/me", "/public"] {
          let response = try await service.get(path, token: token)
          #expect(
            response.status == 401 && response.code == "invalid_token", "\(forgery.name): \(response.status) \(response.text)")
          #expect(response.header("WWW-Authenticate")?.contains(#"error="invalid_token""#) == true, "\(forgery.name)")
        }
      }
      // The same code writes valid tokens, so each forgery was rejected for the reason in its name.
      let good = try await service.get(token: try forger.token())
      #expect(good.status == 200 && good.text == "customer:\(Forger.account)")
      let order = forger.claims(["role": #""service""#, "client": #""order""#])
      #expect(try await service.get(token: try forger.token(claims: order)).text == "service:\(Forger.account)")
    }
  }

  @Test("Clocks may differ by five seconds")
  func leeway() async throws {
    let forger = Forger()
    let issuer = try await TokenIssuer.start()
    issuer.publish(await TokenSigner(keyID: forger.keyID, privateKey: forger.key))
    let verifier = issuer.verifier()
    for claims in [["exp": Self.now(-3)], ["nbf": Self.now(3)], ["iat": Self.now(3)]] {
      #expect(try await verifier.verify(forger.token(claims: forger.claims(claims))).role == .customer)
    }
  }

  @Test("The response names an expired token as such, and gives no reason for other invalid tokens")
  func details() async throws {
    let forger = Forger()
    let issuer = try await TokenIssuer.start()
    issuer.publish(await TokenSigner(keyID: forger.keyID, privateKey: forger.key))
    try await ProtectedService.run(trusting: issuer) { service in
      let expired = try await service.get(token: try forger.token(claims: forger.claims(["exp": Self.now(-10)])))
      #expect(expired.text.contains("the access token has expired"))
      let other = try await service.get(token: try forger.token(claims: forger.claims(["iss": #""x""#])))
      #expect(other.text.contains("the access token is not valid") && !other.text.contains("issuer"))
      let none = try await service.get(authorization: nil)
      #expect(none.status == 401 && none.code == "unauthorized")
      #expect(none.header("WWW-Authenticate") == #"Bearer realm="baedal""#)
      #expect(try await service.get("/public", authorization: nil).text == "anonymous")
    }
  }
}
