import Auth
import Contracts
import Crypto
import Telemetry

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes valid and invalid tokens; unlike a real attacker it has the issuer's key.
struct Forger: Sendable {
  static let account = "0198c0de-0000-7abc-8def-0123456789ab"

  let key = Curve25519.Signing.PrivateKey()
  let keyID = "key-1"

  var published: JSONWebKey { JSONWebKey(keyID: keyID, publicKey: key.publicKey) }

  /// A JSON object from values that are JSON; `nil` omits a member.
  static func json(_ members: KeyValuePairs<String, String?>) -> String {
    "{" + members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
  }

  /// The valid header, with members added at its end.
  func header(alg: String? = #""EdDSA""#, typ: String? = #""at+jwt""#, kid: String? = #""key-1""#, more: String = "") -> String {
    var text = Self.json(["alg": alg, "typ": typ, "kid": kid])
    if !more.isEmpty { text = text.dropLast() + "," + more + "}" }
    return text
  }

  /// The valid claims with some values replaced; the empty text omits one.
  func claims(_ changes: [String: String] = [:]) -> String {
    let now = Timestamp.now().milliseconds / 1000
    let valid: KeyValuePairs = [
      "iss": #""baedal-identity""#, "aud": #""baedal""#, "sub": #""\#(Self.account)""#, "role": #""customer""#, "client": "",
      "iat": "\(now)", "nbf": "\(now)", "exp": "\(now + 900)", "jti": #""1""#,
    ]
    let members = valid.map { name, value in (name, changes[name] ?? value) }.filter { !$0.1.isEmpty }
    return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  /// The signing input: header and claims.
  static func input(_ header: String, _ claims: String) -> String {
    Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
  }

  /// Signed with the issuer's key.
  func token(header: String? = nil, claims: String? = nil) throws -> String {
    try Self.token(header ?? self.header(), claims ?? self.claims()) { try key.signature(for: $0) }
  }

  static func token(_ header: String, _ claims: String, sign: (Data) throws -> some Sequence<UInt8>) rethrows -> String {
    let input = input(header, claims)
    return input + "." + Base64URL.encode(Array(try sign(Data(input.utf8))))
  }

  func hmac(secret: some Sequence<UInt8>) -> String {
    Self.token(header(alg: #""HS256""#), claims()) { input in
      Array(HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: Array(secret))))
    }
  }

  /// The valid token with another last character that decodes to the same signature: 64 bytes leave four of its bits unused.
  func nonCanonical() throws -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var token = try token()
    let last = token.removeLast()
    return token + String(alphabet[(alphabet.firstIndex(of: last) ?? 0) | 1])
  }
}
