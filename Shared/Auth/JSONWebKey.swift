import Contracts
public import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A public key as published at `/.well-known/jwks.json`: Ed25519, for signatures (RFC 7517, RFC 8037).
public struct JSONWebKey: Codable, Hashable, Sendable {
  public let kty: String
  public let crv: String
  public let alg: String
  public let use: String
  public let kid: String
  /// The key's 32 bytes, base64url.
  public let x: String

  public init(keyID: String, publicKey: Curve25519.Signing.PublicKey) {
    kty = "OKP"
    crv = "Ed25519"
    alg = TokenHeader.algorithm
    use = "sig"
    kid = keyID
    x = Base64URL.encode(Array(publicKey.rawRepresentation))
  }

  /// The decoded key; `nil` for another kind of key, or a malformed one.
  public var publicKey: Curve25519.Signing.PublicKey? {
    guard kty == "OKP", crv == "Ed25519", alg == TokenHeader.algorithm, use == "sig", !kid.isEmpty else { return nil }
    return Base64URL.decode(x).flatMap { try? Curve25519.Signing.PublicKey(rawRepresentation: $0) }
  }
}

/// The document at `/.well-known/jwks.json`.
public struct JSONWebKeySet: Codable, Sendable {
  public let keys: [JSONWebKey]

  public init(keys: [JSONWebKey]) {
    self.keys = keys
  }

  /// Keys of other kinds are ignored (RFC 7517, section 5).
  public init(from decoder: any Decoder) throws {
    struct Entry: Decodable {
      let key: JSONWebKey?
      init(from decoder: any Decoder) throws { key = try? JSONWebKey(from: decoder) }
    }
    keys = try decoder.container(keyedBy: CodingKeys.self).decode([Entry].self, forKey: .keys).compactMap(\.key)
  }

  private enum CodingKeys: CodingKey {
    case keys
  }
}
