import Contracts
import Crypto

/// The name of a public key: RFC 7638's SHA-256 of the key's required members, in the order of their names.
enum KeyThumbprint {
  static func of(_ publicKey: Curve25519.Signing.PublicKey) -> String {
    let x = Base64URL.encode(Array(publicKey.rawRepresentation))
    let members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#
    return Base64URL.encode(Array(SHA256.hash(data: Array(members.utf8))))
  }
}
