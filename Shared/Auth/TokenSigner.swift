public import Crypto
public import JWTKit

/// Makes access tokens with one key: `{"alg":"EdDSA","typ":"at+jwt","kid":…}` (RFC 8037, RFC 9068).
public struct TokenSigner: Sendable {
  /// The key's name in the published set.
  public let keyID: String
  /// What verifiers need.
  public let published: JSONWebKey
  private let keys: JWTKeyCollection

  public init(keyID: String, privateKey: Curve25519.Signing.PrivateKey) async {
    self.keyID = keyID
    published = JSONWebKey(keyID: keyID, publicKey: privateKey.publicKey)
    keys = await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: privateKey), kid: JWKIdentifier(string: keyID))
  }

  /// The token in compact form.
  public func sign(_ token: some JWTPayload) async throws -> String {
    try await keys.sign(token, kid: JWKIdentifier(string: keyID), header: ["typ": .string(TokenHeader.type)])
  }
}
