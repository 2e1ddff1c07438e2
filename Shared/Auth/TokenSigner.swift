public import Crypto
public import JWTKit

/// Signs access tokens with one key: `{"alg":"EdDSA","typ":"at+jwt","kid":…}` (RFC 8037, RFC 9068).
public struct TokenSigner: Sendable {
  /// The key's id in the published set.
  public let keyID: String
  /// The public key for verifiers.
  public let published: JSONWebKey
  private let keys: JWTKeyCollection

  public init(keyID: String, privateKey: Curve25519.Signing.PrivateKey) async {
    self.keyID = keyID
    published = JSONWebKey(keyID: keyID, publicKey: privateKey.publicKey)
    keys = await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: privateKey), kid: JWKIdentifier(string: keyID))
  }

  /// The signed token in compact serialization.
  public func sign(_ token: some JWTPayload) async throws -> String {
    try await keys.sign(token, kid: JWKIdentifier(string: keyID), header: ["typ": .string(TokenHeader.type)])
  }
}
