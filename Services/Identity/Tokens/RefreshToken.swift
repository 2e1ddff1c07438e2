import Contracts
import Crypto

/// What a client exchanges for the next pair of tokens: 256 random bits, of which only the SHA-256 is kept.
///
/// They are as hard to guess as a key, so that a plain hash hides them as well as a slow one would.
struct RefreshToken: Sendable {
  let text: String
  let hash: TokenHash

  private init(text: String, bytes: [UInt8]) {
    self.text = text
    hash = TokenHash(bytes: Array(SHA256.hash(data: bytes)))
  }

  static func random() -> RefreshToken {
    let bytes = [UInt8].random(count: 32)
    return RefreshToken(text: Base64URL.encode(bytes), bytes: bytes)
  }

  /// `nil` for what can't be one.
  init?(_ text: String) {
    guard let bytes = Base64URL.decode(text), bytes.count == 32 else { return nil }
    self.init(text: text, bytes: bytes)
  }
}
