import Auth
import Contracts
import Crypto
import Telemetry
import TestSupport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One token of each kind of forgery; AuthTests checks many more against one service.
enum ForgedTokens {
  /// - Parameter account: the subject of the tokens, as operator.
  static func all(account: Identifier) async throws -> [(name: String, token: String)] {
    let issuer = try await TokenIssuer.shared()
    let key = Curve25519.Signing.PrivateKey()
    let own = await TokenSigner(keyID: "key-1", privateKey: key)
    let principal = Principal(role: .operator, id: account)
    let valid = issuer.token(for: principal)
    let header = #"{"alg":"EdDSA","typ":"at+jwt","kid":"key-1"}"#
    let claims = try String(decoding: JSONEncoder().encode(valid), as: UTF8.self)
    func unsigned(_ header: String) -> String { "\(encoded(header)).\(encoded(claims))" }
    let withEmbeddedKey = unsigned(
      #"{"alg":"EdDSA","typ":"at+jwt","kid":"key-1","jwk":{"kty":"OKP","crv":"Ed25519","x":"\#(own.published.x)"}}"#)
    let signature = try await issuer.sign(issuer.token(for: Principal(role: .customer, id: account))).split(separator: ".")[2]
    let hmac = HMAC<SHA256>.authenticationCode(
      for: Data(unsigned(#"{"alg":"HS256","typ":"at+jwt","kid":"key-1"}"#).utf8), using: SymmetricKey(data: Data("key-1".utf8)))
    return [
      ("no token at all", ""), ("text", "forged"),
      ("alg none", unsigned(#"{"alg":"none","typ":"at+jwt","kid":"key-1"}"#) + "."),
      ("an HMAC", unsigned(#"{"alg":"HS256","typ":"at+jwt","kid":"key-1"}"#) + "." + Base64URL.encode(Array(hmac))),
      ("another key with a known key id", try await own.sign(valid)),
      ("the signature of another token", "\(unsigned(header)).\(signature)"),
      ("no signature", unsigned(header) + "."),
      (
        "an embedded key",
        withEmbeddedKey + "." + Base64URL.encode(Array(try key.signature(for: Data(withEmbeddedKey.utf8))))
      ),
      ("8 KB", unsigned(header) + "." + String(repeating: "A", count: 8192)),
      ("an expired token", try await issuer.sign(token(principal, age: 7200))),
      ("another audience", try await issuer.sign(token(principal, audience: "elsewhere"))),
      ("another issuer", try await issuer.sign(token(principal, issuer: "elsewhere"))),
    ]
  }

  private static func token(
    _ principal: Principal, issuer: String = "baedal-identity", audience: String = "baedal", age: Int64 = 0
  ) -> AccessToken {
    AccessToken(
      for: principal, issuer: issuer, audience: audience, issuedAt: Timestamp.now().milliseconds / 1000 - age, lifetime: 3600,
      id: AccessFixture.newID().description)
  }

  private static func encoded(_ text: String) -> String { Base64URL.encode(Array(text.utf8)) }
}
