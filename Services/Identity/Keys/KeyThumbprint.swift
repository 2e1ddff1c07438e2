import Contracts
import Crypto

/// The `kid` of a public key: its JWK thumbprint (RFC 7638), the SHA-256 of the required members in lexicographic order.
enum KeyThumbprint {
  static func of(_ publicKey: Curve25519.Signing.PublicKey) -> String {
    let x = Base64URL.encode(Array(publicKey.rawRepresentation))
    let members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#
    return Base64URL.encode(Array(SHA256.hash(data: Array(members.utf8))))
  }
}
