import Crypto

/// Encrypts private keys with AES-256-GCM, so that a copy of the database is not enough to sign tokens.
struct KeyEncryption: Sendable {
  private let secret: SymmetricKey

  /// `nil` unless the text is 32 bytes in hexadecimal.
  init?(hexadecimal: String) {
    guard let bytes = Hexadecimal.decode(hexadecimal), bytes.count == 32 else { return nil }
    secret = SymmetricKey(data: bytes)
  }

  /// Returns nonce, ciphertext and tag. The kid is authenticated with them, so that encrypted keys can't be swapped.
  func seal(_ privateKey: Curve25519.Signing.PrivateKey, kid: String) throws -> [UInt8] {
    let box = try AES.GCM.seal(privateKey.rawRepresentation, using: secret, authenticating: Array(kid.utf8))
    return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
  }

  /// - Throws: `CryptoKitError` if the key was sealed with another secret or for another kid, or was modified.
  func open(_ sealed: [UInt8], kid: String) throws -> Curve25519.Signing.PrivateKey {
    let bytes = try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: secret, authenticating: Array(kid.utf8))
    return try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
  }
}
