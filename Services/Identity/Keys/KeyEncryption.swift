import Crypto

/// Encrypts private keys for the database by AES-256-GCM; who has a copy of the database alone can sign nothing.
struct KeyEncryption: Sendable {
  private let secret: SymmetricKey

  /// `nil` unless it is 32 bytes in hexadecimal.
  init?(hexadecimal: String) {
    guard let bytes = Hexadecimal.decode(hexadecimal), bytes.count == 32 else { return nil }
    secret = SymmetricKey(data: bytes)
  }

  /// Nonce, ciphertext and tag. The kid is authenticated: a private key can't be put in another's place.
  func seal(_ privateKey: Curve25519.Signing.PrivateKey, kid: String) throws -> [UInt8] {
    let box = try AES.GCM.seal(privateKey.rawRepresentation, using: secret, authenticating: Array(kid.utf8))
    return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
  }

  /// - Throws: `CryptoKitError` if it was sealed with another secret or for another kid, or was changed.
  func open(_ sealed: [UInt8], kid: String) throws -> Curve25519.Signing.PrivateKey {
    let bytes = try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: secret, authenticating: Array(kid.utf8))
    return try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
  }
}
