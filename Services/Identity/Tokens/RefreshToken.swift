import Contracts
import Crypto

/// A refresh token: 256 random bits, of which only the SHA-256 is stored. They can't be guessed, so a fast hash is enough.
struct RefreshToken: Sendable {
  let text: String
  let hash: TokenHash

  private init(text: String, bytes: [UInt8]) {
    self.text = text
    hash = TokenHash(bytes: Array(SHA256.hash(data: bytes)))
  }

  static func random() -> RefreshToken {
    let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    return RefreshToken(text: Base64URL.encode(bytes), bytes: bytes)
  }

  /// `nil` unless the text is 32 bytes in base64url.
  init?(_ text: String) {
    guard let bytes = Base64URL.decode(text), bytes.count == 32 else { return nil }
    self.init(text: text, bytes: bytes)
  }
}
